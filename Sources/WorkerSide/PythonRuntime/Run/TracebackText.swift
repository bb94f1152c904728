import CPython
import Text

/// Formats tracebacks as Python prints them, with only the frames of the task's code.
///
/// The data is read from the objects' storage and not by Python's `traceback` module, which a task can change. Only the
/// `str()` of an exception runs code of the task.
enum TracebackText {
    /// A frame of the task's code.
    struct Frame {
        let line: Int
        let range: SourceRange?
        /// The function's name, `<module>` for the body of the task.
        let function: String
    }

    /// The most text a traceback may have, in bytes.
    static let longestText = 65_536
    /// How many frames are shown at the beginning, and at the end, of a long traceback.
    private static let longestEnd = 32
    /// The most exceptions of a chain that are shown.
    private static let longestChain = 8
    /// The most traceback entries that are read.
    static let longestWalk = 100_000

    /// The whole text of an exception with its causes.
    static func render(_ exception: PythonException, task: borrowing CompiledTask) -> String {
        var text = ""
        Self.renderChain(exception.instance, task: task, into: &text)
        return BoundedText.cut(text, toBytes: Self.longestText)
    }

    /// The frames of the task's code in an exception's traceback, outermost first.
    static func userFrames(of exception: BorrowedReference, task: borrowing CompiledTask) -> [Frame] {
        var frames: [Frame] = []
        guard let traceback = unsafe PyException_GetTraceback(exception.pointer) else { return [] }
        let first = unsafe PythonReference(owning: traceback)
        // Safety: a traceback entry owns its frame and the next entry, and the first entry is owned here. No code of the
        // task runs in the loop.
        var next: BorrowedReference? = unsafe first.borrowed
        var steps = 0
        while let entry = next, entry.isTraceback, steps < Self.longestWalk {
            steps += 1
            let layout = unsafe entry.layout(as: PyTracebackObject.self)
            if let frame = unsafe Self.frame(of: layout, task: task) { frames.append(frame) }
            next = unsafe layout.pointee.tb_next.flatMap { next in
                unsafe BorrowedReference(UnsafeMutableRawPointer(next).assumingMemoryBound(to: PyObject.self))
            }
        }
        return frames
    }

    static func frame(
        of entry: UnsafeMutablePointer<PyTracebackObject>,
        task: borrowing CompiledTask
    ) -> Frame? {
        guard let frame = unsafe entry.pointee.tb_frame, let pointer = unsafe PyFrame_GetCode(frame) else { return nil }
        let owner = unsafe PythonReference(
            owning: UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: PyObject.self)
        )
        guard let code = unsafe CodeObject(owner.borrowed), PythonText.equals(code.fileName, CompiledTask.fileName)
        else { return nil }
        return Frame(
            line: unsafe max(Int(CPython_TraceBack_line(entry)), 1),
            range: unsafe SourceRange(of: entry.pointee.tb_lasti, in: code, columnShift: task.columnShift),
            function: (try? PythonText.string(code.name)) ?? "?"
        )
    }

    /// Writes an exception after the exceptions that led to it, as Python does.
    private static func renderChain(
        _ exception: BorrowedReference,
        task: borrowing CompiledTask,
        into text: inout String
    ) {
        var chain = [Link(exception: ExceptionOwner(exception.owned), joint: "")]
        var isCut = false
        while let last = chain.last, let next = last.next {
            isCut = chain.count == Self.longestChain
            // A chain of exceptions can be a cycle.
            if isCut || chain.contains(where: { $0.exception.isSame(as: next.exception) }) { break }
            chain.append(next)
        }
        if isCut { text += "[earlier exceptions left out]\n\n" }
        for link in chain.reversed() {
            Self.renderOne(link.exception.instance, task: task, indent: "", depth: 0, into: &text)
            // The sentence between this exception and the one that it led to.
            text += link.joint
        }
    }

    /// An owned exception in a class, which the links of a chain can share.
    private final class ExceptionOwner {
        private let reference: PythonReference

        init(_ reference: consuming PythonReference) {
            self.reference = reference
        }

        var instance: BorrowedReference { unsafe self.reference.borrowed }
        var cause: PythonReference? { self.reference.cause }
        var context: PythonReference? { self.reference.context }
        func isSame(as other: ExceptionOwner) -> Bool { self.reference.isSame(as: other.reference) }
    }

    /// An exception of a chain, and the sentence between it and the exception that it led to.
    private struct Link {
        let exception: ExceptionOwner
        let joint: String

        /// The link of the exception that led to this one; nil for the first exception.
        var next: Link? {
            if let cause = self.exception.cause {
                return Link(
                    exception: ExceptionOwner(cause),
                    joint: "\nThe above exception was the direct cause of the following exception:\n\n"
                )
            }
            if let context = self.exception.context {
                return Link(
                    exception: ExceptionOwner(context),
                    joint: "\nDuring handling of the above exception, another exception occurred:\n\n"
                )
            }
            return nil
        }
    }

    private static func renderOne(
        _ exception: BorrowedReference,
        task: borrowing CompiledTask,
        indent: String,
        depth: Int,
        into text: inout String
    ) {
        let frames = Self.userFrames(of: exception, task: task)
        if !frames.isEmpty {
            text += "\(indent)Traceback (most recent call last):\n"
            Self.renderFrames(frames, task: task, indent: indent, into: &text)
        }
        let summary = ExceptionText.summary(of: exception)
        text +=
            indent + summary.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n\(indent)")
        text += "\n"
        Self.renderNotes(exception, indent: indent, into: &text)
        if depth < 3 { Self.renderGroup(exception, task: task, indent: indent, depth: depth, into: &text) }
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

    /// Carets under the part of the line that failed; nil if that is the whole line or is not known.
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

    /// Writes the notes of `add_note()` (PEP 678), if they are a list of strings.
    private static func renderNotes(_ exception: BorrowedReference, indent: String, into text: inout String) {
        guard let dictionary = unsafe try? PythonReference(checking: PyObject_GenericGetDict(exception.pointer, nil)),
            let notes = try? dictionary.entry("__notes__"), let list = unsafe ListObject(notes.borrowed)
        else { return }
        for note in list.prefix(16) {
            guard let string = try? PythonText.string(note) else { continue }
            text += indent + BoundedText.cut(string, toBytes: 1024) + "\n"
        }
    }

    /// Writes the members of an exception group.
    private static func renderGroup(
        _ exception: BorrowedReference,
        task: borrowing CompiledTask,
        indent: String,
        depth: Int,
        into text: inout String
    ) {
        guard let members = exception.groupMembers else { return }
        // The reference is owned: rendering a member runs its `__str__`, which may replace the group's members.
        let owner = members.object.owned
        guard let tuple = unsafe TupleObject(owner.borrowed) else { return }
        for (index, member) in tuple.prefix(15).enumerated() {
            text += "\(indent)  +---------------- \(index + 1) ----------------\n"
            Self.renderOne(member, task: task, indent: indent + "  | ", depth: depth + 1, into: &text)
        }
        if tuple.count > 15 { text += "\(indent)  and \(tuple.count - 15) more exceptions\n" }
    }
}
