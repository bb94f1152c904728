import CPython
import Tasks

/// Turns what the compiler says into what the author reads.
enum SyntaxFailure {
    /// The failure for an exception that compiling raised.
    ///
    /// - Parameters:
    ///   - error: The exception, and how many lines the compiler saw in front of the author's text.
    ///   - source: The author's text.
    /// - Returns: A failure of the kind `syntaxError`, or `memoryExceeded`.
    static func failure(for error: SyntaxTreeError, source: TaskSource) -> TaskFailure {
        let exception = error.exception
        if unsafe exception.matches(CPython_Exc_SyntaxError()) {
            return Self.describe(exception, lineShift: error.lineShift, source: source)
        }
        // The parser's own stack overflowing and memory running out raise the same error; see which it was.
        if unsafe exception.matches(CPython_Exc_MemoryError()), !MemoryProbe.hasRoom {
            return TaskFailure(
                .memoryExceeded,
                message: "MemoryError: out of memory while compiling",
                type: "MemoryError"
            )
        }
        if unsafe exception.matches(CPython_Exc_MemoryError()) || exception.matches(CPython_Exc_RecursionError()) {
            return TaskFailure(
                .syntaxError,
                message: "SyntaxError: the code is nested too deeply",
                type: "SyntaxError",
                hint: "Build the value step by step, or pass it in as an item."
            )
        }
        return TaskFailure(
            .syntaxError,
            message: ExceptionText.summary(of: exception),
            type: ExceptionText.typeName(of: exception)
        )
    }

    private static func describe(_ exception: PythonException, lineShift: Int, source: TaskSource) -> TaskFailure {
        // Safety: the exception is alive for as long as `exception`; PySyntaxErrorObject is its layout, fields may be NULL.
        let fields = unsafe UnsafeMutableRawPointer(exception.pointer).assumingMemoryBound(to: PySyntaxErrorObject.self)
        let line = unsafe Self.integer(fields.pointee.lineno).map { max($0 - lineShift, 1) }
        var column = unsafe Self.integer(fields.pointee.offset).flatMap { $0 >= 1 ? $0 : nil }
        var text = "invalid syntax"
        if let message = unsafe fields.pointee.msg, let string = unsafe try? PythonText.string(message) {
            text = Self.moveLines(in: string, by: lineShift)
        }
        // An error at the end of the text is on the line behind the last newline, which the author may not see as one.
        let lastLine = max(source.lineCount, 1)
        let shownLine = line.map { min($0, lastLine) }
        let sourceLine = shownLine.flatMap { source.line($0) }
        if unsafe exception.matches(CPython_Exc_IndentationError()), let sourceLine {
            // The compiler's column is somewhere in the indentation; what is wrong is where that ends.
            column = sourceLine.prefix { $0 == " " || $0 == "\t" || $0 == "\u{0C}" }.count + 1
        }
        let type = ExceptionText.typeName(of: exception)
        let (message, hint) = Self.explain(text)
        return TaskFailure(
            .syntaxError,
            message: "\(type): \(message)",
            type: type,
            line: shownLine,
            column: line == shownLine ? column : nil,
            sourceLine: sourceLine,
            hint: hint
        )
    }

    /// Messages that speak of a module or a function where the author sees neither, in other words.
    private static func explain(_ message: String) -> (message: String, hint: String?) {
        switch message {
        case "import * only allowed at module level":
            (
                "'import *' cannot be used here, because the code runs as the body of a function",
                "Import the names you need: from math import sqrt, floor"
            )
        case "'await' outside async function", "'async for' outside async function",
            "'async with' outside async function", "asynchronous comprehension outside of an asynchronous function":
            (
                message,
                "Nothing awaits in a task: write plain functions, and call them."
            )
        default:
            (message, nil)
        }
    }

    /// Corrects the line numbers that a few of the compiler's messages mention, such as "(detected at line 4)".
    static func moveLines(in message: String, by lineShift: Int) -> String {
        guard lineShift != 0 else { return message }
        var words = message.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for index in words.indices.dropFirst() where words[index - 1] == "line" {
            let digits = words[index].prefix { ("0"..."9").contains($0) }
            if let number = Int(digits) {
                words[index] = "\(number - lineShift)" + words[index].dropFirst(digits.count)
            }
        }
        return words.joined(separator: " ")
    }

    /// Refuses a body that `yield` made a generator: calling it would run nothing.
    static func refuseGenerator(_ task: borrowing CompiledTask) throws(TaskFailure) {
        guard unsafe Self.isGenerator(task.code.pointer) else { return }
        let range = unsafe Self.firstYield(in: task.code.pointer, columnShift: task.columnShift)
        throw TaskFailure(
            .syntaxError,
            message: "SyntaxError: 'yield' outside function",
            type: "SyntaxError",
            line: range?.line,
            column: range.map { task.source.column(utf8Offset: $0.utf8Column, line: $0.line) },
            sourceLine: range.flatMap { task.source.line($0.line) },
            hint: "Collect the values in a list and return that."
        )
    }

    /// Whether calling a code object makes a generator instead of running it.
    static func isGenerator(_ code: PyPointer) -> Bool {
        // Safety: the caller passes a code object.
        let flags = unsafe UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyCodeObject.self).pointee.co_flags
        return flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) != 0
    }

    /// Where the first `yield` of a code object stands.
    private static func firstYield(in code: PyPointer, columnShift: Int) -> SourceRange? {
        let bytecode = unsafe UnsafeMutableRawPointer(code).withMemoryRebound(to: PyCodeObject.self, capacity: 1) {
            unsafe PyCode_GetCode($0)
        }
        guard let bytecode = unsafe try? PythonReference(checking: bytecode) else { return nil }
        let length = unsafe CPython_Bytes_GET_SIZE(bytecode.pointer)
        let bytes = unsafe CPython_Bytes_AS_STRING(bytecode.pointer)
        // Every instruction is two bytes, inline caches included; caches hold zeros in this copy.
        for offset in stride(from: 0, to: length, by: 2) where unsafe UInt8(bitPattern: bytes[offset]) == yieldValue {
            return unsafe SourceRange(of: Int32(offset), in: code, columnShift: columnShift)
        }
        return nil
    }

    /// The opcode of YIELD_VALUE in CPython 3.11, which `yield from` ends with as well.
    private static let yieldValue: UInt8 = 86

    private static func integer(_ object: PyPointer?) -> Int? {
        guard let object = unsafe object, unsafe CPython_Long_Check(object) != 0 else { return nil }
        let value = unsafe PyLong_AsLong(object)
        if value == -1, unsafe PyErr_Occurred() != nil {
            PyErr_Clear()
            return nil
        }
        return value
    }
}
