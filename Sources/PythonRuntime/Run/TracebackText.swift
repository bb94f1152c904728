import CPython

/// Tracebacks as Python prints them, of the author's frames only.
///
/// Read from the objects' storage rather than by Python's `traceback` module, which would run whatever the task has
/// done to it; only `str()` of an exception runs code of the task's.
enum TracebackText {
    /// One of the author's frames.
    struct Frame {
        let line: Int
        let range: SourceRange?
        /// The function's name, `<module>` for the body of the task.
        let function: String
    }

    /// The most text a traceback may have, in bytes.
    static let longestText = 65_536
    /// The most frames that are shown of one exception: the first and the last so many.
    private static let longestEnd = 32
    /// The most exceptions of a chain that are shown.
    private static let longestChain = 8
    /// The most traceback entries that are looked at.
    private static let longestWalk = 100_000

    /// The whole text of an exception with its causes.
    static func render(_ exception: PythonException, task: borrowing CompiledTask) -> String {
        var text = ""
        unsafe Self.renderChain(exception.pointer, task: task, into: &text)
        return ExceptionText.bounded(text, to: Self.longestText)
    }

    /// The author's frames of an exception, outermost first.
    static func userFrames(of exception: PyPointer, task: borrowing CompiledTask) -> [Frame] {
        var frames: [Frame] = []
        var owner = unsafe try? PythonReference(checking: PyException_GetTraceback(exception))
        PyErr_Clear()
        var steps = 0
        while let current = owner.take(), unsafe CPython_TraceBack_Check(current.pointer) != 0 {
            steps += 1
            // Safety: a traceback object keeps its frame and its successor alive.
            let entry = unsafe UnsafeMutableRawPointer(current.pointer).assumingMemoryBound(to: PyTracebackObject.self)
            if let frame = unsafe Self.frame(of: entry, task: task), frames.count < Self.longestWalk {
                frames.append(frame)
            }
            guard steps < Self.longestWalk, let next = unsafe entry.pointee.tb_next else { break }
            owner = unsafe PythonReference(
                borrowing: UnsafeMutableRawPointer(next).assumingMemoryBound(to: PyObject.self)
            )
        }
        return frames
    }

    private static func frame(
        of entry: UnsafeMutablePointer<PyTracebackObject>,
        task: borrowing CompiledTask
    ) -> Frame? {
        guard let frame = unsafe entry.pointee.tb_frame,
            let code = unsafe PyFrame_GetCode(frame)
        else { return nil }
        let owner = unsafe PythonReference(
            owning: UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyObject.self)
        )
        guard let fileName = unsafe code.pointee.co_filename,
            unsafe PythonText.equals(fileName, CompiledTask.fileName)
        else { return nil }
        let range = unsafe SourceRange(
            of: entry.pointee.tb_lasti,
            in: owner.pointer,
            columnShift: task.columnShift
        )
        let name: PyPointer = unsafe code.pointee.co_name
        return Frame(
            line: unsafe max(Int(entry.pointee.tb_lineno), 1),
            range: range,
            function: unsafe (try? PythonText.string(name)) ?? "?"
        )
    }

    /// The exceptions that led to this one first, as Python does.
    private static func renderChain(_ exception: PyPointer, task: borrowing CompiledTask, into text: inout String) {
        var chain: [(exception: PythonException.Shared, link: String)] = []
        var next: PythonException.Shared? = unsafe PythonException.Shared(borrowing: exception)
        var link = ""
        while let current = next, chain.count < Self.longestChain,
            !chain.contains(where: { $0.exception == current })
        {
            chain.append((current, link))
            if let cause = current.cause {
                next = cause
                link = "\nThe above exception was the direct cause of the following exception:\n\n"
            } else if let context = current.context {
                next = context
                link = "\nDuring handling of the above exception, another exception occurred:\n\n"
            } else {
                next = nil
            }
        }
        if next != nil, chain.count == Self.longestChain { text += "[earlier exceptions left out]\n\n" }
        for index in chain.indices.reversed() {
            unsafe Self.renderOne(chain[index].exception.pointer, task: task, indent: "", depth: 0, into: &text)
            // What joins an exception to the one it led to, which comes next.
            if index > 0 { text += chain[index].link }
        }
    }

    private static func renderOne(
        _ exception: PyPointer,
        task: borrowing CompiledTask,
        indent: String,
        depth: Int,
        into text: inout String
    ) {
        let frames = unsafe Self.userFrames(of: exception, task: task)
        if !frames.isEmpty {
            text += "\(indent)Traceback (most recent call last):\n"
            Self.renderFrames(frames, task: task, indent: indent, into: &text)
        }
        let summary = unsafe ExceptionText.summary(ofValue: exception)
        text +=
            indent + summary.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n\(indent)")
        text += "\n"
        unsafe Self.renderNotes(exception, indent: indent, into: &text)
        if depth < 3 {
            unsafe Self.renderGroup(exception, task: task, indent: indent, depth: depth, into: &text)
        }
    }

    private static func renderFrames(
        _ frames: [Frame],
        task: borrowing CompiledTask,
        indent: String,
        into text: inout String
    ) {
        var index = 0
        while index < frames.count, text.utf8.count < Self.longestText {
            if frames.count > 2 * Self.longestEnd, index == Self.longestEnd {
                text += "\(indent)  [\(frames.count - 2 * Self.longestEnd) frames left out]\n"
                index = frames.count - Self.longestEnd
            }
            let frame = frames[index]
            text += "\(indent)  File \"\(CompiledTask.fileName)\", line \(frame.line), in \(frame.function)\n"
            index += 1
            guard let line = task.source.line(frame.line) else { continue }
            let trimmed = line.drop { $0 == " " || $0 == "\t" || $0 == "\u{0C}" }
            text += "\(indent)    \(trimmed)\n"
            if let marks = Self.marks(for: frame, line: line, trimmed: trimmed, task: task) {
                text += "\(indent)    \(marks)\n"
            }
        }
    }

    /// Carets under the part of the line that failed, unless that is all of it.
    private static func marks(
        for frame: Frame,
        line: String,
        trimmed: Substring,
        task: borrowing CompiledTask
    ) -> String? {
        guard let range = frame.range, range.line == frame.line else { return nil }
        let indentation = line.unicodeScalars.count - trimmed.unicodeScalars.count
        let start = task.source.column(utf8Offset: range.utf8Column, line: range.line) - 1 - indentation
        let end =
            range.endLine == range.line
            ? task.source.column(utf8Offset: range.endUTF8Column, line: range.line) - 1 - indentation
            : trimmed.unicodeScalars.count
        var length = trimmed.unicodeScalars.count
        while length > 0, trimmed.unicodeScalars.prefix(length).last == " " { length -= 1 }
        guard start >= 0, end > start, end <= trimmed.unicodeScalars.count, !(start == 0 && end >= length) else {
            return nil
        }
        return String(repeating: " ", count: start) + String(repeating: "^", count: end - start)
    }

    /// What `add_note()` added (PEP 678), if it is what it should be.
    private static func renderNotes(_ exception: PyPointer, indent: String, into text: inout String) {
        guard let dictionary = unsafe try? PythonReference(checking: PyObject_GenericGetDict(exception, nil)),
            let notes = try? dictionary.entry("__notes__"),
            unsafe CPython_List_Check(notes.pointer) != 0
        else { return }
        let count = unsafe min(CPython_List_GET_SIZE(notes.pointer), 16)
        for index in 0..<count {
            let note = unsafe CPython_List_GET_ITEM(notes.pointer, index)
            guard let string = unsafe try? PythonText.string(note) else { continue }
            text += indent + ExceptionText.bounded(string, to: 1024) + "\n"
        }
    }

    /// The members of an exception group.
    private static func renderGroup(
        _ exception: PyPointer,
        task: borrowing CompiledTask,
        indent: String,
        depth: Int,
        into text: inout String
    ) {
        guard unsafe CPython_isExceptionGroup(exception) != 0 else { return }
        // Safety: an exception group's layout; its members are a tuple that it keeps alive.
        let group = unsafe UnsafeMutableRawPointer(exception)
            .assumingMemoryBound(to: PyBaseExceptionGroupObject.self)
        guard let members = unsafe group.pointee.excs, unsafe CPython_Tuple_Check(members) != 0 else { return }
        let count = unsafe CPython_Tuple_GET_SIZE(members)
        for index in 0..<min(count, 15) {
            text += "\(indent)  +---------------- \(index + 1) ----------------\n"
            let member = unsafe PythonReference(borrowing: CPython_Tuple_GET_ITEM(members, index))
            unsafe Self.renderOne(member.pointer, task: task, indent: indent + "  | ", depth: depth + 1, into: &text)
        }
        if count > 15 { text += "\(indent)  and \(count - 15) more exceptions\n" }
    }
}
