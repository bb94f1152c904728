import CPython
import Tasks

/// `print` for tasks. It has the signature and effect of the built-in, but calls the sink once for a whole line.
///
/// One call for a line keeps the lines of several threads apart and halves the cost of many prints. A call that prints
/// to another stream than the task's own, or whose keyword values may run code, is passed to the built-in. The policy
/// stores the function in the task's built-ins.
package enum PrintFunction {
    /// The built-in `print`. Lives as long as the process.
    // Safety: written once at the start, by the only thread that exists then.
    nonisolated(unsafe) private static var builtin: BorrowedReference?

    /// Makes the function for a task's built-ins.
    package static func make() throws(PythonException) -> PythonReference {
        if unsafe Self.builtin == nil {
            unsafe Self.builtin = try PythonReference.importing("builtins").attribute("print").leak()
        }
        return try PythonFunction.make(
            "print",
            documentation: """
                print(*args, sep=' ', end='\\n', file=None, flush=False)

                Prints the values to the log of the task, or to a text stream given as file.
                """
        ) { _, arguments, count, names in
            unsafe PrintFunction.print(PrintCall(arguments, count, names))
        }
    }

    private static func print(_ call: PrintCall) -> PyPointer? {
        guard let request = call.request else {
            return unsafe Self.builtin.flatMap { unsafe call.pass(to: $0) }
        }
        if let console = unsafe TaskStreams.console {
            return PythonFunction.answer { () throws(PythonException) in
                let buffer = OutputBuffer(limit: ConsoleText.longestText)
                if request.isFormatted {
                    let text = OutputBuffer(limit: Int.max)
                    try Self.write(call, request, to: text)
                    ConsoleText.write(line: text, to: buffer)
                } else {
                    try ConsoleText.write(call, encoder: console.encoder, to: buffer)
                }
                unsafe buffer.withUnsafeBytes { unsafe console.sink.console($0) }
                if request.flushes { TaskStreams.flush() }
                return .none
            }
        }
        return PythonFunction.answer { () throws(PythonException) in
            let buffer = OutputBuffer(limit: Int.max)
            // If the `str()` of a value fails, the values before it are still printed, as by the built-in.
            defer {
                unsafe buffer.withUnsafeBytes { unsafe TaskStreams.emit(request.stream, $0) }
                if request.flushes { TaskStreams.flush() }
            }
            try Self.write(call, request, to: buffer)
            return .none
        }
    }

    /// Writes the text that the built-in would print.
    private static func write(
        _ call: PrintCall,
        _ request: PrintCall.Request,
        to buffer: OutputBuffer
    ) throws(PythonException) {
        for index in 0..<call.count {
            if index > 0 {
                if let separator = request.separator {
                    TextWriter.write(separator, to: buffer, as: .plain)
                } else {
                    buffer.append(0x20)
                }
            }
            let value = call[index]
            if value.isExactString {
                TextWriter.write(value, to: buffer, as: .plain)
            } else {
                let text = try value.text()
                unsafe TextWriter.write(text.borrowed, to: buffer, as: .plain)
            }
        }
        if let end = request.end {
            TextWriter.write(end, to: buffer, as: .plain)
        } else {
            buffer.append(0x0A)
        }
        guard buffer.state == .complete else {
            throw PythonException.make(.memoryError, "no memory for the text to print")
        }
    }
}
