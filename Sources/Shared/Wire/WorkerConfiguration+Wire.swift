import Tasks

extension WireWriter {
    mutating func write(_ configuration: WorkerConfiguration) {
        for list in [
            configuration.policy.standardLibraryAllow, configuration.policy.externalAllow,
            configuration.policy.builtinsDeny, configuration.sitePackages,
        ] {
            self.write(list) { $0.write($1) }
        }
        self.write(configuration.policy.variables.standardLibraryAllow)
        self.write(configuration.policy.variables.externalAllow)
        self.write(configuration.policy.variables.builtinsDeny)
        self.write(Int64(configuration.limits.memory))
        self.write(Int64(configuration.limits.memoryCeiling))
        self.write(configuration.limits.cpu)
        self.write(Int64(configuration.limits.output))
        self.write(Int64(configuration.limits.log))
        switch configuration.preload {
        case .automatic: self.write(0 as UInt8)
        case .none: self.write(1 as UInt8)
        case .modules(let modules):
            self.write(2 as UInt8)
            self.write(modules) { $0.write($1) }
        case .automaticAnd(let modules):
            self.write(3 as UInt8)
            self.write(modules) { $0.write($1) }
        }
        self.write(configuration.notPreloaded) { $0.write($1) }
        self.write(configuration.learnedModules) { $0.write($1) }
        self.write(Int64(configuration.temporaryFolder))
        self.write(configuration.sandbox.rawValue)
        self.write(configuration.identity) {
            $0.write($1.uid)
            $0.write($1.gid)
        }
        self.write(configuration.timeZone) { $0.write($1) }
    }
}

extension WireReader {
    mutating func readConfiguration() throws(WireError) -> WorkerConfiguration {
        var policy = TaskPolicy(
            standardLibraryAllow: try self.readNames(),
            externalAllow: try self.readNames(),
            builtinsDeny: try self.readNames()
        )
        let sitePackages = try self.readNames()
        policy.variables = PolicyVariables(
            standardLibraryAllow: try self.readText(),
            externalAllow: try self.readText(),
            builtinsDeny: try self.readText()
        )
        let limits = TaskLimits(
            memory: try self.readCount("memory"),
            memoryCeiling: try self.readCount("memory ceiling"),
            cpu: try self.readDuration("cpu"),
            output: try self.readCount("output"),
            log: try self.readCount("log")
        )
        let preload: PreloadSelection
        switch try self.readUInt8() {
        case 0: preload = .automatic
        case 1: preload = .none
        case 2: preload = .modules(try self.readNames())
        case 3: preload = .automaticAnd(try self.readNames())
        default: throw .invalidField("preload")
        }
        let notPreloaded = try self.readNames()
        let learnedModules = try self.readNames()
        let temporaryFolder = try self.readCount("temporary folder")
        guard let sandbox = SandboxMode(rawValue: try self.readUInt8()) else { throw .invalidField("sandbox") }
        var configuration = WorkerConfiguration(
            policy: policy,
            limits: limits,
            sitePackages: sitePackages,
            preload: preload,
            notPreloaded: notPreloaded,
            temporaryFolder: temporaryFolder,
            sandbox: sandbox,
            identity: try self.readOptional { reader throws(WireError) in
                WorkerIdentity(uid: try reader.readUInt32(), gid: try reader.readUInt32())
            },
            timeZone: try self.readOptional { reader throws(WireError) in try reader.readText() }
        )
        configuration.learnedModules = learnedModules
        return configuration
    }

    private mutating func readNames() throws(WireError) -> [String] {
        try self.readList(limit: 10_000) { reader throws(WireError) in try reader.readText() }
    }
}
