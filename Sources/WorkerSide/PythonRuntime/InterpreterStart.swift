import CPython

/// Initialises CPython with an isolated configuration.
enum InterpreterStart {
    /// Initialises the interpreter of this process. Must be called once, before any other CPython function.
    static func run(_ configuration: InterpreterConfiguration) throws(PythonRuntimeError) {
        try Self.preinitialise(configuration.allocator)
        // The struct is on the heap, because passing a pointer to it and a pointer to its field in the same call would
        // violate exclusive access.
        let config = UnsafeMutablePointer<PyConfig>.allocate(capacity: 1)
        unsafe config.initialize(to: PyConfig())
        unsafe PyConfig_InitIsolatedConfig(config)
        defer {
            unsafe PyConfig_Clear(config)
            unsafe config.deallocate()
        }
        // `site` is not imported: it runs code from .pth files, and takes as long as the rest of the start.
        unsafe config.pointee.site_import = 0
        unsafe config.pointee.write_bytecode = 0
        unsafe config.pointee.install_signal_handlers = 0
        unsafe config.pointee.pathconfig_warnings = 0
        unsafe config.pointee.parse_argv = 0
        unsafe CPython_Config_refuseRemoteCode(config)
        // Descriptors 0 to 2 are shared with the parent process, so Python must not use, buffer or close them.
        unsafe config.pointee.configure_c_stdio = 0
        unsafe config.pointee.buffered_stdio = 1
        if let seed = configuration.hashSeed {
            unsafe config.pointee.use_hash_seed = 1
            unsafe config.pointee.hash_seed = UInt(seed)
        }
        try unsafe Self.check(PyConfig_SetBytesString(config, &config.pointee.program_name, "terrarium-worker"))
        // The empty path keeps CPython from computing paths from the program's location.
        try unsafe Self.check(PyConfig_SetBytesString(config, &config.pointee.executable, ""))
        for path in configuration.installation.searchPaths + configuration.sitePackages {
            try unsafe Self.append(path, to: &config.pointee.module_search_paths)
        }
        unsafe config.pointee.module_search_paths_set = 1
        if let library = configuration.installation.searchPaths.first {
            try unsafe Self.check(PyConfig_SetBytesString(config, &config.pointee.stdlib_dir, library))
            let prefix = "/" + library.split(separator: "/").dropLast(2).joined(separator: "/")
            try unsafe Self.check(PyConfig_SetBytesString(config, &config.pointee.prefix, prefix))
            try unsafe Self.check(PyConfig_SetBytesString(config, &config.pointee.base_prefix, prefix))
            try unsafe Self.check(PyConfig_SetBytesString(config, &config.pointee.exec_prefix, prefix))
            try unsafe Self.check(PyConfig_SetBytesString(config, &config.pointee.base_exec_prefix, prefix))
        }
        try unsafe Self.check(Py_InitializeFromConfig(config))
    }

    private static func preinitialise(
        _ allocator: InterpreterConfiguration.Allocator
    ) throws(PythonRuntimeError) {
        var preconfig = PyPreConfig()
        unsafe PyPreConfig_InitIsolatedConfig(&preconfig)
        preconfig.utf8_mode = 1
        switch allocator {
        case .standard: break
        case .debug: preconfig.allocator = Int32(bitPattern: PYMEM_ALLOCATOR_DEBUG.rawValue)
        case .malloc: preconfig.allocator = Int32(bitPattern: PYMEM_ALLOCATOR_MALLOC.rawValue)
        }
        try unsafe Self.check(Py_PreInitialize(&preconfig))
    }

    private static func append(
        _ path: String,
        to list: UnsafeMutablePointer<PyWideStringList>
    ) throws(PythonRuntimeError) {
        guard let wide = unsafe Py_DecodeLocale(path, nil) else {
            throw .initialisationFailed("cannot decode the path \(path)")
        }
        defer { unsafe PyMem_RawFree(wide) }
        try unsafe Self.check(PyWideStringList_Append(list, wide))
    }

    private static func check(_ status: PyStatus) throws(PythonRuntimeError) {
        guard unsafe CPython_Status_isException(status) == 0 else {
            let reason = unsafe status.err_msg.map { unsafe String(cString: $0) } ?? "exit status \(status.exitcode)"
            throw .initialisationFailed(reason)
        }
    }
}
