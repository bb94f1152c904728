import CPython
import Tasks

/// Compiles the text of a task as the body of a function, so that `return` works. Lines, columns and strings stay
/// exactly as the author wrote them.
///
/// There are two ways to compile, which give the same code. The fast way puts a `def` line before the text and a space
/// before every line. It is exact only if no token spans lines, and is used when that is certain. The other way,
/// ``SyntaxTreeCompiler``, parses the text alone, wraps the syntax tree and compiles the tree. `Interpreter` owns the
/// one instance.
final class TaskCompiler {
    let fileName: PythonReference
    let tree: SyntaxTreeCompiler
    private let warnings: CompileWarnings

    /// The name of the function that the fast way wraps around the text.
    static let wrapperName: StaticString = "_terrarium_task"

    init() throws(PythonException) {
        self.fileName = try PythonText.interned(CompiledTask.fileName)
        self.tree = try SyntaxTreeCompiler()
        self.warnings = try CompileWarnings()
    }

    /// Compiles a task's code.
    ///
    /// - Parameters:
    ///   - text: The submitted code as UTF-8. Lone surrogates are encoded in three bytes.
    ///   - parameter: The name of the body's parameter.
    /// - Returns: The code, which no policy has checked yet.
    /// - Throws: A failure of the kind `syntaxError`, or `memoryExceeded`.
    func compile(_ text: UnsafeRawBufferPointer, parameter: StaticString) throws(TaskFailure) -> CompiledTask {
        let source: TaskSource
        do {
            source = unsafe try TaskSource(text)
        } catch {
            throw TaskFailure(
                .syntaxError,
                message: "SyntaxError: \(error.message)",
                type: "SyntaxError",
                line: error.line,
                column: error.column,
                sourceLine: error.sourceLine
            )
        }
        if Self.isFastWayExact(for: source), let task = self.compileFast(source, parameter: parameter) {
            return task
        }
        return try self.compileTree(source, parameter: parameter)
    }

    /// Compiles by wrapping the syntax tree, and throws the errors that the author reads.
    func compileTree(_ source: TaskSource, parameter: StaticString) throws(TaskFailure) -> CompiledTask {
        let task: CompiledTask
        do {
            task = try self.tree.compile(source, fileName: self.fileName, parameter: parameter)
        } catch {
            throw SyntaxFailure.failure(for: error, source: source)
        }
        try SyntaxFailure.refuseGenerator(task)
        return task
    }

    /// Whether the fast way gives exact results: a `def` line in front and a space before every line change only
    /// columns.
    static func isFastWayExact(for source: TaskSource) -> Bool {
        let features = source.features
        return features.isDisjoint(with: [.multilineToken, .formFeed, .globalWord, .wrapperName])
            && !features.isSuperset(of: [.tabIndent, .spaceIndent])
    }

    /// Compiles by wrapping the text. Nil on any error, which ``compileTree(_:parameter:)`` then reports.
    func compileFast(_ source: TaskSource, parameter: StaticString) -> CompiledTask? {
        let wrapped = Self.wrapText(source, parameter: parameter)
        do {
            // A warning would have the wrong line number. As an error it makes this way fail, and the other way issues
            // the warning.
            let module = try self.warnings.asErrors { () throws(PythonException) in
                try Self.compileString(wrapped, fileName: self.fileName, flags: 0)
            }
            guard let body = unsafe CodeObject(module.borrowed)?.firstNested, !body.isGenerator else { return nil }
            var relocation = CodeRelocation(lineShift: 1, wrapper: Self.wrapperName)
            try relocation.relocateBody(body)
            return CompiledTask(
                code: body.object.owned,
                columnShift: 1,
                parameterIsGlobal: false,
                source: source
            )
        } catch {
            return nil
        }
    }

    /// Runs CPython's parser and compiler on a text that ends with a NUL. With `PyCF_ONLY_AST` only the parser runs.
    ///
    /// - Returns: A code object, or a syntax tree with `PyCF_ONLY_AST`.
    static func compileString(
        _ text: [UInt8],
        fileName: borrowing PythonReference,
        flags: Int32
    ) throws(PythonException) -> PythonReference {
        var flags = PyCompilerFlags(cf_flags: flags | PyCF_IGNORE_COOKIE, cf_feature_version: PY_MINOR_VERSION)
        let name = unsafe fileName.pointer
        // Safety: the text ends with a NUL and is alive for the call.
        let result = unsafe text.withUnsafeBufferPointer { text in
            unsafe Py_CompileStringObject(
                UnsafeRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self),
                name,
                Py_file_input,
                &flags,
                -1
            )
        }
        return unsafe try PythonReference(checking: result)
    }

    /// The text after a `def` line, with a space before every line and a NUL at the end.
    private static func wrapText(_ source: TaskSource, parameter: StaticString) -> [UInt8] {
        let header = "def \(Self.wrapperName)(\(parameter)):\n"
        let capacity = header.utf8.count + source.lineCount + source.bytes.count + 1
        return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            for byte in header.utf8 {
                unsafe buffer.initializeElement(at: count, to: byte)
                count += 1
            }
            var atLineStart = true
            for byte in source.bytes {
                if atLineStart, byte != 0 {
                    unsafe buffer.initializeElement(at: count, to: 0x20)
                    count += 1
                }
                // Safety: the capacity has room for the header, every byte and a space for every line.
                unsafe buffer.initializeElement(at: count, to: byte)
                count += 1
                atLineStart = byte == 0x0A
            }
        }
    }
}
