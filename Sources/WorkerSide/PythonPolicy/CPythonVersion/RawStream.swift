import CPython
import Glibc
import PythonRuntime

/// The type of the objects that stand between a buffered stream and its raw stream, so that the raw stream never gets
/// the buffer's own memory. It forwards every attribute but two: `write` passes the raw stream a copy of the bytes, and
/// `readinto` lets it read into a new array, and then copies the bytes that were read into the buffer.
///
/// The type is implemented in C. It cannot be instantiated or derived from by Python code, and no task gets an instance:
/// `raw` of a buffered stream is guarded.
@safe
final class RawStream {
    @safe
    private struct Layout {
        var base: PyObject
        var raw: PyPointer?
    }

    private var type: TypeObject?

    func install() throws(PythonException) {
        let slots = UnsafeMutablePointer<PyType_Slot>.allocate(capacity: 6)
        defer { unsafe slots.deallocate() }
        // Never freed: the type points to its methods.
        let methods = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 3)
        unsafe methods.initialize(to: Self.method("readinto", Self.readInto))
        unsafe (methods + 1).initialize(to: Self.method("write", Self.write))
        unsafe (methods + 2).initialize(to: PyMethodDef())
        unsafe slots.initialize(to: PyType_Slot(slot: Py_tp_getattro, pfunc: CPython_erasingBinary(Self.attribute)))
        unsafe (slots + 1).initialize(to: PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(methods)))
        unsafe (slots + 2).initialize(
            to: PyType_Slot(slot: Py_tp_dealloc, pfunc: CPython_erasingDestructor(Self.deallocate))
        )
        unsafe (slots + 3).initialize(
            to: PyType_Slot(slot: Py_tp_traverse, pfunc: CPython_erasingTraverse(Self.traverse))
        )
        unsafe (slots + 4).initialize(
            to: PyType_Slot(slot: Py_tp_clear, pfunc: CPython_erasingInquiry(Self.clear))
        )
        unsafe (slots + 5).initialize(to: PyType_Slot(slot: 0, pfunc: nil))
        var specification = unsafe PyType_Spec(
            name: ("terrarium.RawStream" as StaticString).cString,
            basicsize: Int32(MemoryLayout<Layout>.size),
            itemsize: 0,
            flags: CPython_streamTypeFlags() | UInt32(CPython_TypeFlag_collected()),
            slots: slots
        )
        let made = unsafe try PythonReference(checking: PyType_FromSpec(&specification)).leak()
        self.type = TypeObject(made)
    }

    /// Makes the object in front of a raw stream.
    func make(_ raw: BorrowedReference) throws(PythonException) -> PythonReference {
        guard let type = self.type else { throw PythonException.make(.systemError, "no type of raw streams") }
        let made = unsafe try PythonReference(checking: PyType_GenericAlloc(type.pointer, 0))
        unsafe made.borrowed.layout(as: Layout.self).pointee.raw = unsafe raw.owned.release()
        return made
    }

    private static func method(_ name: StaticString, _ function: @escaping PyCFunction) -> PyMethodDef {
        unsafe PyMethodDef(ml_name: name.cString, ml_meth: function, ml_flags: METH_O, ml_doc: nil)
    }

    /// The raw stream; nil once the garbage collector has taken it.
    private static func raw(_ stream: PyPointer?) -> BorrowedReference? {
        guard let stream = unsafe BorrowedReference(stream) else { return nil }
        return unsafe BorrowedReference(stream.layout(as: Layout.self).pointee.raw)
    }

    private static let attribute: binaryfunc = { stream, name in
        PolicyGuard.answeringAsDeputy { (_) throws(PythonException) in
            guard let stream = unsafe BorrowedReference(stream), let name = unsafe BorrowedReference(name),
                let owner = unsafe RawStream.raw(stream.pointer)?.owned
            else { throw PythonException.make(.valueError, "the raw stream is gone") }
            if PythonText.equals(name, "readinto") || PythonText.equals(name, "write") {
                return unsafe try PythonReference(checking: PyObject_GenericGetAttr(stream.pointer, name.pointer))
            }
            return unsafe try owner.borrowed.attribute(name)
        }
    }

    private static let readInto: PyCFunction = { stream, argument in
        PolicyGuard.answering { (_) throws(PythonException) in
            guard let raw = unsafe RawStream.raw(stream)?.owned, let target = unsafe BorrowedReference(argument) else {
                throw PythonException.make(.valueError, "the raw stream is gone")
            }
            var memory = unsafe Py_buffer()
            unsafe try checking(PyObject_GetBuffer(target.pointer, &memory, PyBUF_WRITABLE))
            defer { unsafe PyBuffer_Release(&memory) }
            let copy = unsafe try PythonReference(checking: PyByteArray_FromStringAndSize(nil, memory.len))
            // Memory that the raw stream leaves alone must not have what was there before.
            unsafe memset(PyByteArray_AsString(copy.pointer), 0, memory.len)
            let result = try raw.attribute("readinto").call(copy)
            let length = unsafe memory.len
            guard let count = unsafe result.borrowed.smallInteger, count > 0, count <= length else { return result }
            // The raw stream may have changed the length of the array.
            let valid = unsafe min(count, PyByteArray_Size(copy.pointer))
            unsafe memcpy(memory.buf, PyByteArray_AsString(copy.pointer), valid)
            unsafe memset(memory.buf + valid, 0, count - valid)
            return result
        }
    }

    private static let write: PyCFunction = { stream, argument in
        PolicyGuard.answering { (_) throws(PythonException) in
            guard let raw = unsafe RawStream.raw(stream)?.owned, let source = unsafe BorrowedReference(argument) else {
                throw PythonException.make(.valueError, "the raw stream is gone")
            }
            return try raw.attribute("write").call(
                unsafe try PythonReference(checking: PyBytes_FromObject(source.pointer))
            )
        }
    }

    // MARK: Memory

    private static let deallocate: destructor = { stream in
        guard let stream = unsafe stream else { return }
        unsafe PyObject_GC_UnTrack(stream)
        _ = unsafe RawStream.clear(stream)
        let type = unsafe BorrowedReference(stream).type
        unsafe PyObject_GC_Del(stream)
        unsafe CPython_DECREF(type.object.pointer)
    }

    private static let traverse: traverseproc = { stream, visit, argument in
        guard let stream = unsafe BorrowedReference(stream), let visit = unsafe visit else { return 0 }
        let result = unsafe visit(stream.type.object.pointer, argument)
        guard result == 0, let raw = unsafe RawStream.raw(stream.pointer) else { return result }
        return unsafe visit(raw.pointer, argument)
    }

    private static let clear: inquiry = { stream in
        guard let stream = unsafe BorrowedReference(stream) else { return 0 }
        let layout = unsafe stream.layout(as: Layout.self)
        let raw = unsafe layout.pointee.raw
        unsafe layout.pointee.raw = nil
        unsafe CPython_XDECREF(raw)
        return 0
    }
}
