import CPython

/// Tells functions that import whatever module they are told to.
///
/// What such a function answers is a real module, with all that the module itself imported behind it. Libraries call them
/// for optional parts of theirs, so they have to work; a task has no use for them.
extension PolicyGuard {
    /// Whether a value of an external package is such a function, or a cache around one.
    func importsByName(_ value: PyPointer) -> Bool {
        var value = unsafe value
        if unsafe CPython_Function_Check(value) == 0 {
            // The dictionary itself: asking for the attribute could run code.
            guard let dictionary = unsafe _PyObject_GetDictPtr(value)?.pointee,
                unsafe CPython_Dict_Check(dictionary) != 0,
                let wrapped = unsafe PyDict_GetItem(dictionary, self.names.wrapped),
                unsafe CPython_Function_Check(wrapped) != 0
            else { return false }
            unsafe value = unsafe wrapped
        }
        guard let code = unsafe PyFunction_GetCode(value), unsafe self.namesAnImporter(code) else { return false }
        return unsafe self.callers.origin(of: code) == .external && self.handsOnItsName(code)
    }

    /// Whether the code, or any nested in it, mentions a function that imports. Says no to nearly everything, cheaply.
    private func namesAnImporter(_ code: PyPointer) -> Bool {
        let object = unsafe UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyCodeObject.self)
        guard let names = unsafe object.pointee.co_names, let constants = unsafe object.pointee.co_consts else {
            return false
        }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(names)
        where unsafe self.names.importers.contains(CPython_Tuple_GET_ITEM(names, index)) {
            return true
        }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(constants) {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            if unsafe CPython_Code_Check(constant) != 0, unsafe self.namesAnImporter(constant) { return true }
        }
        return false
    }

    /// Whether the name that an importing function is called with is anything but a constant.
    private func handsOnItsName(_ code: PyPointer) -> Bool {
        let object = unsafe UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyCodeObject.self)
        guard let names = unsafe object.pointee.co_names, let constants = unsafe object.pointee.co_consts,
            let copy = unsafe PyCode_GetCode(object)
        else {
            PyErr_Clear()
            return true
        }
        let instructions = unsafe PythonReference(owning: copy)
        let bytes = unsafe UnsafeRawPointer(CPython_Bytes_AS_STRING(instructions.pointer))
        var isLoaded = false
        var previous: Int32 = 0
        var extended = 0
        for offset in stride(from: 0, to: unsafe CPython_Bytes_GET_SIZE(instructions.pointer) - 1, by: 2) {
            let operation = unsafe Int32(bytes.load(fromByteOffset: offset, as: UInt8.self))
            let argument = unsafe Int(bytes.load(fromByteOffset: offset + 1, as: UInt8.self)) | extended << 8
            extended = operation == EXTENDED_ARG ? argument : 0
            // The units behind an instruction that hold its cache are zero.
            guard operation != 0, operation != EXTENDED_ARG else { continue }
            if isLoaded {
                // `f("name")` or `f("name", key="…")`: the constant, then the call.
                if operation == LOAD_CONST, previous != LOAD_CONST {
                    previous = operation
                    continue
                }
                guard previous == LOAD_CONST, operation == PRECALL || operation == KW_NAMES else { return true }
                isLoaded = false
            }
            previous = operation
            let index: Int
            switch operation {
            case LOAD_GLOBAL: index = argument >> 1
            case LOAD_NAME, LOAD_ATTR, LOAD_METHOD: index = argument
            default: continue
            }
            isLoaded = unsafe self.names.importers.contains(CPython_Tuple_GET_ITEM(names, index))
        }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(constants) {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            if unsafe CPython_Code_Check(constant) != 0, unsafe self.handsOnItsName(constant) { return true }
        }
        return false
    }
}
