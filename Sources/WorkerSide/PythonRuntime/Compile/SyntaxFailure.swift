import CPython
import Tasks

/// Converts errors of the compiler into the failure that the author reads.
enum SyntaxFailure {
    /// The failure for an exception that compiling raised.
    ///
    /// - Parameters:
    ///   - error: The exception, and the number of lines that the compiled text had before the submitted code.
    ///   - source: The submitted code.
    /// - Returns: A failure of the kind `syntaxError`, or `memoryExceeded`.
    static func failure(for error: SyntaxTreeError, source: TaskSource) -> TaskFailure {
        let exception = error.exception
        if exception.matches(.syntaxError) {
            return Self.describe(exception, lineShift: error.lineShift, source: source)
        }
        // CPython also raises a MemoryError when the parser's own stack overflows. The probe distinguishes that from a
        // lack of memory.
        if exception.matches(.memoryError), !MemoryProbe.hasRoom(forCompiling: source.count) {
            return TaskFailure(
                .memoryExceeded,
                message: "MemoryError: out of memory while compiling",
                type: "MemoryError"
            )
        }
        if exception.matches(.memoryError) || exception.matches(.recursionError) {
            return TaskFailure(
                .syntaxError,
                message: "SyntaxError: the code is nested too deeply",
                type: "SyntaxError",
                hint: "build the value step by step, or pass it in as an item"
            )
        }
        return TaskFailure(
            .syntaxError,
            message: ExceptionText.summary(of: exception),
            type: ExceptionText.typeName(of: exception)
        )
    }

    private static func describe(_ exception: PythonException, lineShift: Int, source: TaskSource) -> TaskFailure {
        let fields = exception.syntaxError
        let line = fields.line.flatMap { try? $0.integer() }.map { max($0 - lineShift, 1) }
        var column = fields.column.flatMap { try? $0.integer() }.flatMap { $0 >= 1 ? $0 : nil }
        let text = fields.message.flatMap { try? PythonText.string($0) }
        // CPython reports an error at the end of the text on the line after the last newline. The author does not see
        // that as a line.
        let lastLine = max(source.lineCount, 1)
        let shownLine = line.map { min($0, lastLine) }
        let sourceLine = shownLine.flatMap { source.line($0) }
        if exception.matches(.indentationError), let sourceLine {
            // CPython's column lies inside the indentation; the end of the indentation is reported instead.
            column = sourceLine.prefix { $0 == " " || $0 == "\t" || $0 == "\u{0C}" }.count + 1
        }
        let type = ExceptionText.typeName(of: exception)
        let (message, hint) = Self.explain(text.map { Self.moveLines(in: $0, by: lineShift) } ?? "invalid syntax")
        let otherHint = hint ?? sourceLine.flatMap(Self.hint(forLine:))
        return TaskFailure(
            .syntaxError,
            message: "\(type): \(message)",
            type: type,
            line: shownLine,
            column: line == shownLine ? column : nil,
            sourceLine: sourceLine,
            hint: otherHint
        )
    }

    /// Adds a hint to messages about star imports and `await`, which CPython words for a module or a function that the
    /// author did not write. Other messages get no hint.
    private static func explain(_ message: String) -> (message: String, hint: String?) {
        switch message {
        case "import * only allowed at module level":
            (
                message,
                "move the import out of the function, or import the names you need: from math import sqrt, floor"
            )
        case "'await' outside async function", "'async for' outside async function",
            "'async with' outside async function", "asynchronous comprehension outside of an asynchronous function":
            (
                message,
                "the code of a task is not an async function: write plain functions, or use asyncio.run(...)"
            )
        default:
            (message, nil)
        }
    }

    /// The hint for a line that looks like n8n's expressions or JavaScript; nil for other lines.
    private static func hint(forLine line: String) -> String? {
        let text = line.drop { $0 == " " || $0 == "\t" }
        for name in ["$json", "$input", "$node", "$items", "$("] where text.contains(name) {
            return
                "\(name == "$(" ? "$(…)" : name) belongs to n8n's expressions: Python code sees _items, or _item in the mode "
                + "for each item, such as _items[0][\"json\"]"
        }
        let isJavaScript =
            ["const ", "let ", "var ", "function ", "// ", "/* "].contains { text.hasPrefix($0) }
            || text.contains("=>") || text.contains("===")
        return isJavaScript ? "this line looks like JavaScript; the code is run as Python" : nil
    }

    /// Corrects the line numbers in messages of the compiler, such as "(detected at line 4)".
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

    /// Refuses a body that contains `yield`, because calling it would create a generator and run no code.
    static func refuseGenerator(_ task: borrowing CompiledTask) throws(TaskFailure) {
        guard let code = unsafe CodeObject(task.code.borrowed), code.isGenerator else { return }
        let range = Self.firstYield(in: code, columnShift: task.columnShift)
        throw TaskFailure(
            .syntaxError,
            message: "SyntaxError: 'yield' outside function",
            type: "SyntaxError",
            line: range?.line,
            column: range.map { task.source.column(utf8Offset: $0.utf8Column, line: $0.line) },
            sourceLine: range.flatMap { task.source.line($0.line) },
            hint: "collect the values in a list and return that"
        )
    }

    /// The location of the first `yield` or `yield from` of a code object.
    private static func firstYield(in code: CodeObject, columnShift: Int) -> SourceRange? {
        guard var instructions = try? Instructions(of: code) else { return nil }
        while let instruction = instructions.next() {
            guard instruction.operation == .yieldValue else { continue }
            return SourceRange(of: instruction.byteOffset, in: code, columnShift: columnShift)
        }
        return nil
    }
}
