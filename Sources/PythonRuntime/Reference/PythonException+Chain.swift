import CPython

extension PythonException {
    /// An exception instance that several holders share, compared by identity.
    @safe
    final class Shared: Equatable {
        let pointer: PyPointer

        /// Makes a new reference to an exception that somebody else keeps alive right now.
        init(borrowing pointer: PyPointer) {
            // Safety: the caller vouches that the object is alive.
            unsafe CPython_INCREF(pointer)
            unsafe self.pointer = unsafe pointer
        }

        deinit {
            // Safety: this object owned exactly one reference.
            unsafe CPython_DECREF(self.pointer)
        }

        static func == (left: Shared, right: Shared) -> Bool {
            unsafe left.pointer == right.pointer
        }

        /// What `raise … from` named.
        var cause: Shared? {
            unsafe Self.adopt(PyException_GetCause(self.pointer))
        }

        /// What was being handled when this one was raised, unless `raise … from` said not to tell.
        var context: Shared? {
            // Safety: every exception instance begins with this layout.
            let base = unsafe UnsafeMutableRawPointer(self.pointer).assumingMemoryBound(to: PyBaseExceptionObject.self)
            guard unsafe base.pointee.suppress_context == 0 else { return nil }
            return unsafe Self.adopt(PyException_GetContext(self.pointer))
        }

        /// Takes over an owned reference, if there is one and it is an exception.
        private static func adopt(_ pointer: PyPointer?) -> Shared? {
            guard let pointer = unsafe pointer else { return nil }
            let owned = unsafe PythonReference(owning: pointer)
            guard unsafe CPython_ExceptionInstance_Check(owned.pointer) != 0 else { return nil }
            return unsafe Shared(borrowing: owned.pointer)
        }
    }
}
