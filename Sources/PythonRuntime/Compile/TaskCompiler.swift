import CPython
import Tasks

/// Compiles the text of a task as the body of a function, so that `return` works, with every line, column and string
/// exactly as its author wrote it.
///
/// There are two ways to the same code. The fast one puts a `def` line in front and a space before every line, which
/// is exact as long as no token spans lines; it is tried first where that is certain. The other parses the text alone,
/// wraps the syntax tree and compiles that; it takes everything, and every error is reported from it.
@safe
final class TaskCompiler {
    let fileName: PythonReference
    let tree: SyntaxTree
    private let warnings: CompileWarnings

    /// The name the fast way gives the function it wraps around the text.
    static let wrapperName: StaticString = "_terrarium_task"

    init() throws(PythonException) {
        self.fileName = try PythonText.interned(CompiledTask.fileName)
        self.tree = try SyntaxTree()
        self.warnings = try CompileWarnings()
    }

    /// Compiles a task's code.
    ///
    /// - Parameters:
    ///   - text: The author's text as UTF-8, lone surrogates in their three-byte form.
    ///   - parameter: The name of the body's parameter.
    /// - Returns: The code, not yet held against any policy.
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

    /// Compiles by wrapping the syntax tree.
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

    /// Whether a space before every line and a `def` in front change nothing but columns.
    static func isFastWayExact(for source: TaskSource) -> Bool {
        let features = source.features
        return features.isDisjoint(with: [.multilineToken, .formFeed, .globalWord, .wrapperName])
            && !features.isSuperset(of: [.tabIndent, .spaceIndent])
    }

    /// Compiles by wrapping the text; nil on any error, for the other way to find and report.
    func compileFast(_ source: TaskSource, parameter: StaticString) -> CompiledTask? {
        let wrapped = Self.wrapText(source, parameter: parameter)
        do {
            // A warning would name the wrong line: as an error it sends the text the other way.
            let module = try self.warnings.asErrors { () throws(PythonException) in
                try Self.compileString(wrapped, fileName: self.fileName, flags: 0)
            }
            guard let code = unsafe SyntaxTree.firstCode(in: module.pointer) else { return nil }
            guard unsafe !SyntaxFailure.isGenerator(code.pointer) else { return nil }
            var relocation = CodeRelocation(lineShift: 1, wrapper: "\(Self.wrapperName)")
            unsafe try relocation.relocateBody(code.pointer)
            return CompiledTask(code: code, columnShift: 1, parameterIsGlobal: false, source: source)
        } catch {
            return nil
        }
    }

    /// Runs CPython's parser, and unless the flags say otherwise its compiler, over a text that ends with a NUL.
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

    /// The text with a space before every line, behind a `def` line, with a NUL at its end.
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
