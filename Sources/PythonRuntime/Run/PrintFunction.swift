import CPython
import Tasks

/// `print` for tasks: the same signature and effect as the built-in, but one call of the sink for a whole line.
///
/// That keeps the lines of several threads apart and halves the cost of many prints. Whatever is not plain printing to
/// a task's own stream is handed to the real `print`.
enum PrintFunction {
    /// Owned; lives as long as the process.
    // Safety: written once at the start, by the only thread there is then.
    nonisolated(unsafe) private static var original: PyPointer?

    /// Makes the function for a task's built-ins.
    static func make() throws(PythonException) -> PythonReference {
        if unsafe Self.original == nil {
            let builtins = try PythonReference.importing("builtins")
            unsafe Self.original = unsafe try builtins.attribute("print").release()
        }
        return unsafe try PythonFunction.make(
            "print",
            documentation: """
                print(*args, sep=' ', end='\\n', file=None, flush=False)

                Prints the values to the log of the task, or to a text stream given as file.
                """
        ) { _, arguments, count, names in
            unsafe PrintFunction.print(arguments, count, names)
        }
    }

    /// What a call asks for, when it is plain enough to be done here.
    @safe
    private struct Request {
        var stream: LogStream
        var separator: PyPointer?
        var end: PyPointer?

        init() {
            self.stream = .stdout
            unsafe self.separator = nil
            unsafe self.end = nil
        }

        /// Whether the call says how its values are to be put together.
        var isFormatted: Bool { unsafe self.separator != nil || self.end != nil }
    }

    private static func print(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ names: PyPointer?
    ) -> PyPointer? {
        guard let request = unsafe Self.read(arguments, count, names) else {
            return unsafe PyObject_Vectorcall(Self.original, arguments, Int(count), names)
        }
        if let console = unsafe TaskStreams.console {
            return unsafe PythonFunction.answer { () throws(PythonException) in
                let buffer = OutputBuffer(limit: ConsoleText.longestText)
                if request.isFormatted {
                    let text = OutputBuffer(limit: Int.max)
                    unsafe try Self.write(arguments, count, request, to: text)
                    ConsoleText.write(line: text, to: buffer)
                } else {
                    unsafe try ConsoleText.write(arguments, count, encoder: console.encoder, to: buffer)
                }
                unsafe buffer.withUnsafeBytes { unsafe console.sink.console($0) }
                return PythonReference.none
            }
        }
        return unsafe PythonFunction.answer { () throws(PythonException) in
            let buffer = OutputBuffer(limit: Int.max)
            // What came before a value whose str() fails is printed, as the built-in does.
            defer { unsafe buffer.withUnsafeBytes { unsafe TaskStreams.emit(request.stream, $0) } }
            unsafe try Self.write(arguments, count, request, to: buffer)
            return PythonReference.none
        }
    }

    /// Writes what the built-in would print.
    private static func write(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ request: Request,
        to buffer: OutputBuffer
    ) throws(PythonException) {
        for index in 0..<count {
            if index > 0 {
                if let separator = unsafe request.separator {
                    unsafe TextWriter.write(separator, to: buffer, as: .plain)
                } else {
                    buffer.append(0x20)
                }
            }
            guard let argument = unsafe arguments?[index] else { continue }
            if unsafe CPython_Unicode_CheckExact(argument) != 0 {
                unsafe TextWriter.write(argument, to: buffer, as: .plain)
            } else {
                let text = unsafe try PythonReference(checking: PyObject_Str(argument))
                unsafe TextWriter.write(text.pointer, to: buffer, as: .plain)
            }
        }
        if let end = unsafe request.end {
            unsafe TextWriter.write(end, to: buffer, as: .plain)
        } else {
            buffer.append(0x0A)
        }
        guard buffer.state == .complete else {
            throw unsafe PythonException.make(CPython_Exc_MemoryError(), "no memory for the text to print")
        }
    }

    private static func read(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ names: PyPointer?
    ) -> Request? {
        var file: PyPointer?
        var request = Request()
        let nameCount = unsafe names.map { unsafe CPython_Tuple_GET_SIZE($0) } ?? 0
        for index in 0..<nameCount {
            guard let names = unsafe names, let value = unsafe arguments?[count + index] else { return nil }
            let name = unsafe CPython_Tuple_GET_ITEM(names, index)
            if unsafe PythonText.equals(name, "file") {
                unsafe file = unsafe value
            } else if unsafe PythonText.equals(name, "flush") {
                // The truth of an object of the task's own is its own code: for the real one.
                guard unsafe value == CPython_True() || value == CPython_False() else { return nil }
            } else if unsafe value == CPython_None() {
                guard unsafe PythonText.equals(name, "sep") || PythonText.equals(name, "end") else { return nil }
            } else {
                guard unsafe CPython_Unicode_CheckExact(value) != 0 else { return nil }
                if unsafe PythonText.equals(name, "sep") {
                    unsafe request.separator = unsafe value
                } else if unsafe PythonText.equals(name, "end") {
                    unsafe request.end = unsafe value
                } else {
                    return nil
                }
            }
        }
        if unsafe file == nil || file == CPython_None() { unsafe file = unsafe PySys_GetObject("stdout") }
        guard let file = unsafe file, let stream = unsafe TaskStreams.stream(file) else { return nil }
        request.stream = stream
        return request
    }
}
