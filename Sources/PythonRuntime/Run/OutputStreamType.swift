import CPython
import Tasks

/// The Python type of a task's output streams: what code expects of a text stream, written in C's terms, so that there
/// is no Python object behind it to get hold of.
enum OutputStreamType {
    private typealias Method = @convention(c) (PyPointer?, PyPointer?) -> PyPointer?
    private typealias Getter = @convention(c) (PyPointer?, UnsafeMutableRawPointer?) -> PyPointer?

    /// Makes the type. It can be neither called nor subclassed nor changed.
    static func make() throws(PythonException) -> PythonReference {
        let slots = UnsafeMutablePointer<PyType_Slot>.allocate(capacity: 4)
        defer { unsafe slots.deallocate() }
        // Safety: the tables outlive the type, and every function has the signature its slot calls for.
        unsafe slots[0] = unsafe PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(Self.methods()))
        unsafe slots[1] = unsafe PyType_Slot(slot: Py_tp_getset, pfunc: UnsafeMutableRawPointer(Self.attributes()))
        let documentation: StaticString = "A text stream of the running task."
        unsafe slots[2] = unsafe PyType_Slot(
            slot: Py_tp_doc,
            pfunc: UnsafeMutableRawPointer(mutating: documentation.utf8Start)
        )
        unsafe slots[3] = unsafe PyType_Slot(slot: 0, pfunc: nil)
        let name: StaticString = "terrarium.OutputStream"
        var specification = unsafe PyType_Spec(
            name: name.cString,
            basicsize: Int32(MemoryLayout<PyObject>.size + MemoryLayout<Int>.size),
            itemsize: 0,
            flags: UInt32(CPython_streamTypeFlags()),
            slots: slots
        )
        return unsafe try PythonReference(checking: PyType_FromSpec(&specification))
    }

    /// Makes one stream.
    static func makeInstance(
        of type: borrowing PythonReference,
        _ stream: LogStream
    ) throws(PythonException) -> PythonReference {
        let instance = unsafe try PythonReference(
            checking: PyType_GenericAlloc(
                UnsafeMutableRawPointer(type.pointer).assumingMemoryBound(to: PyTypeObject.self),
                0
            )
        )
        // Safety: the type's basic size has room for this behind the header.
        unsafe UnsafeMutableRawPointer(instance.pointer)
            .storeBytes(of: Int(stream.rawValue), toByteOffset: MemoryLayout<PyObject>.size, as: Int.self)
        return instance
    }

    /// Which stream an instance is.
    static func stream(of instance: PyPointer) -> LogStream {
        // Safety: only for instances of this type, which were made by makeInstance().
        let raw = unsafe UnsafeMutableRawPointer(instance)
            .load(fromByteOffset: MemoryLayout<PyObject>.size, as: Int.self)
        return LogStream(rawValue: UInt8(truncatingIfNeeded: raw)) ?? .stdout
    }

    /// Never freed: the type points into it.
    private static func methods() -> UnsafeMutablePointer<PyMethodDef> {
        let table: [(StaticString, Method, Int32)] = unsafe [
            ("write", writeText, METH_O),
            ("writelines", writeLines, METH_O),
            ("flush", answerNone, METH_NOARGS),
            ("close", answerNone, METH_NOARGS),
            ("isatty", answerFalse, METH_NOARGS),
            ("readable", answerFalse, METH_NOARGS),
            ("seekable", answerFalse, METH_NOARGS),
            ("writable", answerTrue, METH_NOARGS),
            ("fileno", refuseDescriptor, METH_NOARGS),
            ("__enter__", answerSelf, METH_NOARGS),
            ("__exit__", answerNone, METH_VARARGS),
            ("__repr__", describe, METH_NOARGS),
        ]
        let tableSize = unsafe table.count + 1
        let methods = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: tableSize)
        unsafe methods.initialize(repeating: PyMethodDef(), count: tableSize)
        for index in unsafe table.indices {
            let (name, function, flags) = unsafe table[index]
            unsafe methods[index] = unsafe PyMethodDef(
                ml_name: name.cString,
                ml_meth: function,
                ml_flags: flags,
                ml_doc: nil
            )
        }
        return unsafe methods
    }

    /// Never freed: the type points into it.
    private static func attributes() -> UnsafeMutablePointer<PyGetSetDef> {
        let table: [(StaticString, Getter)] = unsafe [
            ("encoding", { _, _ in unsafe PyUnicode_InternFromString("utf-8") }),
            ("errors", { _, _ in unsafe PyUnicode_InternFromString("backslashreplace") }),
            ("mode", { _, _ in unsafe PyUnicode_InternFromString("w") }),
            ("newlines", { _, _ in unsafe PythonReference.none.release() }),
            ("closed", { _, _ in unsafe PythonReference(borrowing: CPython_False()).release() }),
            ("line_buffering", { _, _ in unsafe PythonReference(borrowing: CPython_True()).release() }),
            (
                "name",
                { instance, _ in
                    guard let instance = unsafe instance else { return nil }
                    return unsafe OutputStreamType.stream(of: instance) == .stdout
                        ? PyUnicode_InternFromString("<stdout>") : PyUnicode_InternFromString("<stderr>")
                }
            ),
        ]
        let tableSize = unsafe table.count + 1
        let attributes = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: tableSize)
        unsafe attributes.initialize(repeating: PyGetSetDef(), count: tableSize)
        for index in unsafe table.indices {
            let (name, getter) = unsafe table[index]
            unsafe attributes[index] = unsafe PyGetSetDef(
                name: name.cString,
                get: getter,
                set: nil,
                doc: nil,
                closure: nil
            )
        }
        return unsafe attributes
    }

    private static let writeText: Method = { instance, text in
        guard let instance = unsafe instance, let text = unsafe text else { return nil }
        guard unsafe CPython_Unicode_Check(text) != 0 else {
            let type = unsafe TypeIdentity.displayName(ofValue: text)
            unsafe PythonException.make(
                CPython_Exc_TypeError(),
                "write() argument must be str, not \(type)"
            ).restore()
            return nil
        }
        unsafe TaskStreams.emit(OutputStreamType.stream(of: instance), text)
        return unsafe PyLong_FromSsize_t(CPython_Unicode_LENGTH(text))
    }

    private static let writeLines: Method = { instance, lines in
        guard let instance = unsafe instance, let lines = unsafe lines else { return nil }
        return unsafe PythonFunction.answer { () throws(PythonException) in
            let iterator = unsafe try PythonReference(checking: PyObject_GetIter(lines))
            while let next = unsafe PyIter_Next(iterator.pointer) {
                let line = unsafe PythonReference(owning: next)
                guard unsafe CPython_Unicode_Check(line.pointer) != 0 else {
                    throw unsafe PythonException.make(CPython_Exc_TypeError(), "write() argument must be str")
                }
                unsafe TaskStreams.emit(OutputStreamType.stream(of: instance), line.pointer)
            }
            if unsafe PyErr_Occurred() != nil { throw PythonException.takePending() }
            return PythonReference.none
        }
    }

    private static let describe: Method = { instance, _ in
        guard let instance = unsafe instance else { return nil }
        return unsafe OutputStreamType.stream(of: instance) == .stdout
            ? PyUnicode_InternFromString("<stdout>") : PyUnicode_InternFromString("<stderr>")
    }

    private static let refuseDescriptor: Method = { _, _ in
        unsafe PyErr_SetString(CPython_Exc_OSError(), "this stream has no file descriptor")
        return nil
    }

    private static let answerNone: Method = { _, _ in unsafe PythonReference.none.release() }
    private static let answerTrue: Method = { _, _ in unsafe PythonReference(borrowing: CPython_True()).release() }
    private static let answerFalse: Method = { _, _ in unsafe PythonReference(borrowing: CPython_False()).release() }
    private static let answerSelf: Method = { instance, _ in
        guard let instance = unsafe instance else { return nil }
        return unsafe PythonReference(borrowing: instance).release()
    }
}
