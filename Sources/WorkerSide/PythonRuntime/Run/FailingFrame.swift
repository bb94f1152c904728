import CPython

/// The innermost frame of the task's code in an exception's traceback: its variables, and the expression that failed.
///
/// It is read after the task has ended, for hints. Reading it runs no code of the task.
package struct FailingFrame: ~Copyable {
    private let locals: PythonReference
    private let globals: PythonReference
    /// The text of the expression that failed; nil unless it is on one line.
    package let expression: String?

    /// Nil if the exception passed no frame of the task's code.
    init?(of exception: PythonException, task: borrowing CompiledTask) {
        guard let traceback = unsafe PyException_GetTraceback(exception.instance.pointer) else { return nil }
        let first = unsafe PythonReference(owning: traceback)
        // Safety: a traceback entry owns its frame and the next entry, and the first entry is owned here.
        var next: BorrowedReference? = unsafe first.borrowed
        var last: UnsafeMutablePointer<PyTracebackObject>?
        var steps = 0
        while let entry = next, entry.isTraceback, steps < TracebackText.longestWalk {
            steps += 1
            let layout = unsafe entry.layout(as: PyTracebackObject.self)
            if unsafe TracebackText.frame(of: layout, task: task) != nil { unsafe last = unsafe layout }
            next = unsafe layout.pointee.tb_next.flatMap { next in
                unsafe BorrowedReference(UnsafeMutableRawPointer(next).assumingMemoryBound(to: PyObject.self))
            }
        }
        guard let last = unsafe last, let frame = unsafe last.pointee.tb_frame,
            let place = unsafe TracebackText.frame(of: last, task: task),
            let locals = unsafe try? PythonReference(checking: CPython_Frame_locals(frame)),
            let globals = unsafe try? PythonReference(checking: PyFrame_GetGlobals(frame))
        else { return nil }
        self.locals = locals
        self.globals = globals
        self.expression = place.range.flatMap { range in
            guard range.line == range.endLine, let line = task.source.line(range.line) else { return nil }
            let bytes = Array(line.utf8)
            guard range.utf8Column < range.endUTF8Column, range.endUTF8Column <= bytes.count else { return nil }
            return String(decoding: bytes[range.utf8Column..<range.endUTF8Column], as: UTF8.self)
        }
    }

    /// The value of a variable; nil if the variable is unbound. Borrowed from the frame.
    func value(of name: String) -> BorrowedReference? {
        guard let key = try? PythonText.make(name) else { return nil }
        if let local = unsafe DictionaryObject(self.locals.borrowed)?.value(for: key) { return local }
        return unsafe DictionaryObject(self.globals.borrowed)?.value(for: key)
    }

    /// The names of the local and global variables, a bounded number of each.
    package var variables: [String] {
        let locals = unsafe NearestName.keys(of: self.locals.borrowed)
        return unsafe locals + NearestName.keys(of: self.globals.borrowed)
    }
}
