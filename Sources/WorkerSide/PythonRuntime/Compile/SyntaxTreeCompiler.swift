import CPython

/// A failure of ``SyntaxTreeCompiler``. `lineShift` is the amount to subtract from the line numbers in the exception.
struct SyntaxTreeError: Error {
    let exception: PythonException
    let lineShift: Int
}

/// Compiles a text by wrapping its syntax tree in a function definition. It accepts every valid text, and reports all
/// syntax errors. ``TaskCompiler`` owns the only instance.
final class SyntaxTreeCompiler {
    let ast: PythonReference
    private let compileFunction: PythonReference
    private let module: PythonReference
    private let functionDefinition: PythonReference
    private let arguments: PythonReference
    private let argument: PythonReference
    private let pass: PythonReference

    /// The name of the wrapper function. It is not a valid identifier, so that the text cannot contain it.
    private static let wrapperName: StaticString = "<module>"

    init() throws(PythonException) {
        self.ast = try PythonReference.importing("_ast")
        let builtins = try PythonReference.importing("builtins")
        self.compileFunction = try builtins.attribute("compile")
        self.module = try self.ast.attribute("Module")
        self.functionDefinition = try self.ast.attribute("FunctionDef")
        self.arguments = try self.ast.attribute("arguments")
        self.argument = try self.ast.attribute("arg")
        self.pass = try self.ast.attribute("Pass")
    }

    /// Parses a text, wraps its syntax tree in a function and compiles the tree.
    func compile(
        _ source: TaskSource,
        fileName: borrowing PythonReference,
        parameter: StaticString
    ) throws(SyntaxTreeError) -> CompiledTask {
        var lineShift = 0
        do throws(PythonException) {
            let body: PythonReference
            do throws(PythonException) {
                body = try self.parse(source.bytes, fileName: fileName)
            } catch {
                // The text may have been pasted with its indentation. It is then parsed as the block of an `if`
                // statement, which adds one line in front.
                guard error.matches(.syntaxError), Self.startsIndented(source) else { throw error }
                lineShift = 1
                // Recording covers parsing and compiling, because both emit warnings.
                let warnings = try DeferredWarnings()
                defer { warnings.issue(linesAbove: 1, fileName: fileName) }
                let block = try self.parseIndented(source.bytes, fileName: fileName)
                return try self.wrap(block, source, fileName: fileName, parameter: parameter, lineShift: lineShift)
            }
            return try self.wrap(body, source, fileName: fileName, parameter: parameter, lineShift: lineShift)
        } catch {
            throw SyntaxTreeError(exception: error, lineShift: lineShift)
        }
    }

    /// The statements of a text, as a list of nodes.
    private func parse(
        _ text: [UInt8],
        fileName: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let tree = try TaskCompiler.compileString(text, fileName: fileName, flags: PyCF_ONLY_AST)
        return try tree.attribute("body")
    }

    /// The statements of a text in which every line of code is indented.
    private func parseIndented(
        _ text: [UInt8],
        fileName: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let statements = try self.parse(Array("if 1:\n".utf8) + text, fileName: fileName)
        // More than one statement means that a later line of the text is less indented than the first.
        guard unsafe statements.list.count == 1 else {
            throw PythonException.make(.indentationError, "unindent does not match the first line")
        }
        return unsafe try statements.list[0].attribute("body")
    }

    /// Whether the first line with code on it is indented.
    private static func startsIndented(_ source: TaskSource) -> Bool {
        var indented = false
        var comment = false
        for byte in source.bytes {
            switch byte {
            case 0x0A:
                indented = false
                comment = false
            case _ where comment: continue
            case 0x20, 0x09, 0x0C: indented = true
            case 0x23: comment = true
            default: return indented
            }
        }
        return false
    }

    private func wrap(
        _ body: borrowing PythonReference,
        _ source: TaskSource,
        fileName: borrowing PythonReference,
        parameter: StaticString,
        lineShift: Int
    ) throws(PythonException) -> CompiledTask {
        let moduleBody = try PythonReference.list()
        try self.hoistFutureImports(from: body, to: moduleBody)
        try self.replaceStarImports(in: body)
        var parameterIsGlobal = false
        if source.features.contains(.globalWord) {
            parameterIsGlobal = try self.hoistGlobals(in: body, parameter: parameter)
        }
        if unsafe body.list.count == 0 { try body.append(try self.node(self.pass)) }
        let parameters = try PythonReference.list()
        if !parameterIsGlobal {
            let fields = try PythonReference.dictionary()
            try fields.setEntry("arg", try PythonText.interned(parameter))
            try parameters.append(try self.node(self.argument, fields))
        }
        let signature = try PythonReference.dictionary()
        try signature.setEntry("args", parameters)
        for name: StaticString in ["posonlyargs", "kwonlyargs", "kw_defaults", "defaults"] {
            try signature.setEntry(name, try PythonReference.list())
        }
        let fields = try PythonReference.dictionary()
        try fields.setEntry("name", try PythonText.interned(Self.wrapperName))
        try fields.setEntry("args", try self.node(self.arguments, signature))
        try fields.setEntry("body", body)
        try fields.setEntry("decorator_list", try PythonReference.list())
        // The function definition is on the line before the text, as ``TaskCompiler/compileFast(_:parameter:)`` places
        // it, so that both ways give the same code.
        try moduleBody.append(try self.node(self.functionDefinition, fields, line: lineShift))
        let moduleFields = try PythonReference.dictionary()
        try moduleFields.setEntry("body", moduleBody)
        try moduleFields.setEntry("type_ignores", try PythonReference.list())
        let tree = try self.node(self.module, moduleFields)
        let moduleCode = try self.compileTree(tree, fileName: fileName)
        guard let body = unsafe CodeObject(moduleCode.borrowed)?.firstNested else {
            throw PythonException.make(.systemError, "the wrapper has no code")
        }
        var relocation = CodeRelocation(lineShift: Int32(lineShift), wrapper: Self.wrapperName)
        try relocation.relocateBody(body)
        return CompiledTask(
            code: body.object.owned,
            columnShift: 0,
            parameterIsGlobal: parameterIsGlobal,
            source: source
        )
    }

    /// A node of the given class with its fields, positioned at the beginning of the text.
    func node(
        _ type: borrowing PythonReference,
        _ fields: consuming PythonReference? = nil,
        line: Int = 1
    ) throws(PythonException) -> PythonReference {
        let fields = if let fields { fields } else { try PythonReference.dictionary() }
        let line = try PythonReference.integer(line)
        let zero = try PythonReference.integer(0)
        try fields.setEntry("lineno", line)
        try fields.setEntry("end_lineno", line)
        try fields.setEntry("col_offset", zero)
        try fields.setEntry("end_col_offset", zero)
        return try type.call(tuple: try PythonReference.tuple([]), keywords: fields)
    }

    private func compileTree(
        _ tree: borrowing PythonReference,
        fileName: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let mode = try PythonText.interned("exec")
        let flags = try PythonReference.integer(0)
        // The last argument is `dont_inherit`: CPython must not read `__future__` flags from a calling frame, because
        // there may be none.
        return unsafe try self.compileFunction.call([
            tree.borrowed, fileName.borrowed, mode.borrowed, flags.borrowed, .true,
        ])
    }
}
