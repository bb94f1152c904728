import CPython
import Tasks

/// Advice before and after a run.
extension PolicyGuard {
    func advice(on task: borrowing CompiledTask, mode: TaskMode) throws(PythonException) -> [CodeHint] {
        var hints: [CodeHint] = []
        unsafe try self.collectAdvice(on: task.code.pointer, isBody: true, task, mode, into: &hints)
        return hints.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    func hint(for exception: PythonException, mode: TaskMode) -> String? {
        if unsafe exception.matches(CPython_Exc_NameError()) {
            let error = unsafe UnsafeMutableRawPointer(exception.pointer).assumingMemoryBound(
                to: PyNameErrorObject.self
            )
            guard let name = unsafe error.pointee.name, let text = unsafe try? PythonText.string(name) else {
                return nil
            }
            if let advice = CodeAdvice.advice(forName: text, mode: mode) { return advice }
            return self.policy.builtinsDeny.contains(text)
                ? "the built-in '\(text)' is denied; \(Self.remedy(forBuiltin: text))" : nil
        }
        if unsafe exception.matches(CPython_Exc_AttributeError()) {
            // Read from the structure: as an attribute it is guarded, because it hands back the receiver.
            let error = unsafe UnsafeMutableRawPointer(exception.pointer).assumingMemoryBound(
                to: PyAttributeErrorObject.self
            )
            guard let object = unsafe error.pointee.obj, let name = unsafe error.pointee.name,
                let text = unsafe try? PythonText.string(name)
            else { return nil }
            return unsafe CodeAdvice.advice(
                forAttribute: text,
                ofType: String(cString: CPython_TYPE(object).pointee.tp_name)
            )
        }
        return nil
    }

    private func collectAdvice(
        on code: PyPointer,
        isBody: Bool,
        _ task: borrowing CompiledTask,
        _ mode: TaskMode,
        into hints: inout [CodeHint]
    ) throws(PythonException) {
        let object = unsafe UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyCodeObject.self)
        guard let names = unsafe object.pointee.co_names, let constants = unsafe object.pointee.co_consts else {
            return
        }
        let instructions = unsafe try PythonReference(checking: PyCode_GetCode(object))
        let count = unsafe CPython_Bytes_GET_SIZE(instructions.pointer)
        let bytes = unsafe UnsafeRawPointer(CPython_Bytes_AS_STRING(instructions.pointer))
        var extended = 0
        var previous: Int32 = 0
        var previousArgument = 0
        var offset = 0
        while offset + 1 < count, hints.count < StaticCheck.maximumFindings {
            defer { offset += 2 }
            let operation = unsafe Int32(bytes.load(fromByteOffset: offset, as: UInt8.self))
            let argument = unsafe Int(bytes.load(fromByteOffset: offset + 1, as: UInt8.self)) | extended << 8
            extended = operation == EXTENDED_ARG ? argument : 0
            // The units behind an instruction that hold its cache.
            guard operation != 0, operation != EXTENDED_ARG else { continue }
            var found: (construct: String, message: String)?
            switch operation {
            case LOAD_GLOBAL, LOAD_NAME:
                let index = operation == LOAD_GLOBAL ? argument >> 1 : argument
                let name = unsafe try PythonText.string(CPython_Tuple_GET_ITEM(names, index))
                found = CodeAdvice.advice(forName: name, mode: mode).map { (name, $0) }
            case LOAD_ATTR:
                let name = unsafe try PythonText.string(CPython_Tuple_GET_ITEM(names, argument))
                if ["json", "binary", "pairedItem"].contains(name),
                    [LOAD_FAST, LOAD_GLOBAL, LOAD_DEREF, LOAD_NAME, BINARY_SUBSCR].contains(previous),
                    !(previous == LOAD_FAST && previousArgument == 0 && !isBody)
                {
                    found = CodeAdvice.advice(forAttribute: name, ofType: "dict").map { (".\(name)", $0) }
                }
            case RETURN_VALUE where isBody && previous == LOAD_CONST:
                let value = unsafe CPython_Tuple_GET_ITEM(constants, previousArgument)
                if unsafe value != CPython_None() {
                    let shape = mode == .allItems ? "a list of dicts" : "a dict"
                    found = ("return", "a task returns \(shape), not a plain value")
                }
            case RETURN_VALUE
            where isBody && mode == .allItems && [BUILD_MAP, BUILD_CONST_KEY_MAP].contains(previous):
                found = ("return", "this returns one item; return a list of dicts to return several")
            default:
                break
            }
            previous = operation
            previousArgument = argument
            guard let found else { continue }
            let position = unsafe Self.position(
                of: Int32(offset),
                in: code,
                attribute: operation == LOAD_ATTR ? String(found.construct.dropFirst()) : nil,
                task
            )
            hints.append(
                CodeHint(
                    line: position.line,
                    column: position.column,
                    construct: found.construct,
                    message: found.message
                )
            )
        }
        if !isBody, hints.count < StaticCheck.maximumFindings, unsafe object.pointee.co_flags & CO_COROUTINE != 0,
            let name = unsafe object.pointee.co_name
        {
            unsafe hints.append(
                CodeHint(
                    line: Int(object.pointee.co_firstlineno),
                    column: 1,
                    construct: unsafe "async def \(try PythonText.string(name))",
                    message: "nothing awaits in a task: write a plain function, and call it"
                )
            )
        }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(constants) {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            if unsafe CPython_Code_Check(constant) != 0 {
                unsafe try self.collectAdvice(on: constant, isBody: false, task, mode, into: &hints)
            }
        }
    }
}
