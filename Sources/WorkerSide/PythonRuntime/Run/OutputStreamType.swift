import CPython
import Tasks

/// The Python type of a task's output streams, with the methods and attributes of a text stream. It is implemented in C
/// without an instance dictionary, so Python code can read no reference from it. ``TaskStreams`` makes the two
/// instances.
enum OutputStreamType {
    private typealias Method = @convention(c) (PyPointer?, PyPointer?) -> PyPointer?
    private typealias Getter = @convention(c) (PyPointer?, UnsafeMutableRawPointer?) -> PyPointer?

    /// Makes the type, which Python code cannot instantiate, subclass or change.
    static func make() throws(PythonException) -> PythonReference {
        let slots = UnsafeMutablePointer<PyType_Slot>.allocate(capacity: 5)
        defer { unsafe slots.deallocate() }
        // Safety: the tables outlive the type, and every function has the signature of its slot.
        unsafe slots[0] = unsafe PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(Self.methods()))
        unsafe slots[1] = unsafe PyType_Slot(slot: Py_tp_getset, pfunc: UnsafeMutableRawPointer(Self.attributes()))
        let documentation: StaticString = "A text stream of the running task."
        unsafe slots[2] = unsafe PyType_Slot(
            slot: Py_tp_doc,
            pfunc: UnsafeMutableRawPointer(mutating: documentation.utf8Start)
        )
        unsafe slots[3] = unsafe PyType_Slot(slot: Py_tp_members, pfunc: UnsafeMutableRawPointer(Self.members()))
        unsafe slots[4] = unsafe PyType_Slot(slot: 0, pfunc: nil)
        let name: StaticString = "terrarium.OutputStream"
        var specification = unsafe PyType_Spec(
            name: name.cString,
            basicsize: Int32(Self.weakReferencesOffset + MemoryLayout<Int>.size),
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
        // Safety: the type's basic size includes this field, after the header.
        unsafe UnsafeMutableRawPointer(instance.pointer)
            .storeBytes(of: Int(stream.rawValue), toByteOffset: MemoryLayout<PyObject>.size, as: Int.self)
        return instance
    }

    /// The stream that an instance stands for. The object must be an instance of this type.
    static func stream(of instance: BorrowedReference) -> LogStream {
        // Safety: instances of this type were made by makeInstance().
        let raw = unsafe UnsafeMutableRawPointer(instance.pointer)
            .load(fromByteOffset: MemoryLayout<PyObject>.size, as: Int.self)
        return LogStream(rawValue: UInt8(truncatingIfNeeded: raw)) ?? .stdout
    }

    /// The offset of the list of weak references, after the header and the stream. Streams support weak references,
    /// because packages keep a lock for each stream in a dictionary with weak keys.
    private static let weakReferencesOffset = unsafe MemoryLayout<PyObject>.size + MemoryLayout<Int>.size

    /// Makes a table that is never freed, because the type points to it.
    private static func members() -> UnsafeMutablePointer<PyMemberDef> {
        let members = UnsafeMutablePointer<PyMemberDef>.allocate(capacity: 2)
        unsafe members.initialize(repeating: PyMemberDef(), count: 2)
        unsafe members[0].name = ("__weaklistoffset__" as StaticString).cString
        unsafe members[0].type = T_PYSSIZET
        unsafe members[0].offset = Self.weakReferencesOffset
        unsafe members[0].flags = READONLY
        return unsafe members
    }

    /// Makes a table that is never freed, because the type points to it.
    private static func methods() -> UnsafeMutablePointer<PyMethodDef> {
        let table: [(StaticString, Method, Int32)] = unsafe [
            ("write", writeText, METH_O),
            ("writelines", writeLines, METH_O),
            ("flush", flush, METH_NOARGS),
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

    /// Makes a table that is never freed, because the type points to it.
    private static func attributes() -> UnsafeMutablePointer<PyGetSetDef> {
        let table: [(StaticString, Getter)] = unsafe [
            ("encoding", { _, _ in unsafe PyUnicode_InternFromString("utf-8") }),
            ("errors", { _, _ in unsafe PyUnicode_InternFromString("backslashreplace") }),
            ("mode", { _, _ in unsafe PyUnicode_InternFromString("w") }),
            ("newlines", { _, _ in unsafe PythonReference.none.release() }),
            ("closed", { _, _ in unsafe BorrowedReference.false.owned.release() }),
            ("line_buffering", { _, _ in unsafe BorrowedReference.true.owned.release() }),
            (
                "name",
                { instance, _ in unsafe OutputStreamType.name(of: instance) }
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
        PythonFunction.answer { () throws(PythonException) in
            guard let instance = unsafe BorrowedReference(instance), let text = unsafe BorrowedReference(text) else {
                return .none
            }
            guard text.isString else {
                let type = TypeName.displayName(ofValue: text)
                throw PythonException.make(.typeError, "write() argument must be str, not \(type)")
            }
            TaskStreams.emit(OutputStreamType.stream(of: instance), text)
            return unsafe try PythonReference.integer(CPython_Unicode_LENGTH(text.pointer))
        }
    }

    private static let writeLines: Method = { instance, lines in
        PythonFunction.answer { () throws(PythonException) in
            guard let instance = unsafe BorrowedReference(instance) else { return .none }
            let iterator = unsafe try PythonReference(checking: PyObject_GetIter(lines))
            while let next = unsafe PyIter_Next(iterator.pointer) {
                let line = unsafe PythonReference(owning: next)
                guard line.isString else {
                    throw PythonException.make(.typeError, "write() argument must be str")
                }
                unsafe TaskStreams.emit(OutputStreamType.stream(of: instance), line.borrowed)
            }
            if PythonException.isPending { throw PythonException.takePending() }
            return .none
        }
    }

    private static let describe: Method = { instance, _ in unsafe OutputStreamType.name(of: instance) }

    private static let refuseDescriptor: Method = { _, _ in
        PythonException.setPending(.osError, "this stream has no file descriptor")
        return nil
    }

    private static let flush: Method = { _, _ in
        TaskStreams.flush()
        return unsafe PythonReference.none.release()
    }

    private static let answerNone: Method = { _, _ in unsafe PythonReference.none.release() }
    private static let answerTrue: Method = { _, _ in unsafe BorrowedReference.true.owned.release() }
    private static let answerFalse: Method = { _, _ in unsafe BorrowedReference.false.owned.release() }
    private static let answerSelf: Method = { instance, _ in unsafe BorrowedReference(instance)?.owned.release() }

    private static func name(of instance: PyPointer?) -> PyPointer? {
        guard let instance = unsafe BorrowedReference(instance) else { return nil }
        return unsafe Self.stream(of: instance) == .stdout
            ? PyUnicode_InternFromString("<stdout>") : PyUnicode_InternFromString("<stderr>")
    }
}
