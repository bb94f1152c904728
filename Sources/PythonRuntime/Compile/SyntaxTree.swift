import CPython

/// A failure of the slower way to compile, and by how many lines the compiler's line numbers are too large.
struct SyntaxTreeError: Error {
    let exception: PythonException
    let lineShift: Int
}

/// Compiles a text by wrapping its syntax tree in a function definition.
@safe
final class SyntaxTree {
    let ast: PythonReference
    private let compileFunction: PythonReference
    private let module: PythonReference
    private let functionDefinition: PythonReference
    private let arguments: PythonReference
    private let argument: PythonReference
    private let pass: PythonReference

    /// No identifier, so that the text cannot mention it.
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

    /// Parses, wraps and compiles.
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
                // Pasted with the indentation of where it came from: a block then, whose head is one line in front.
                guard unsafe error.matches(CPython_Exc_SyntaxError()), Self.startsIndented(source) else { throw error }
                lineShift = 1
                // Until the text is compiled: both the parser and the compiler warn.
                let warnings = try MovedWarnings()
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

    /// The statements of a text that is indented throughout.
    private func parseIndented(
        _ text: [UInt8],
        fileName: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let statements = try self.parse(Array("if 1:\n".utf8) + text, fileName: fileName)
        // More than the one block: the text dedents, which is the error that the first attempt found.
        guard unsafe PyList_Size(statements.pointer) == 1 else {
            throw unsafe PythonException.make(CPython_Exc_IndentationError(), "unindent does not match the first line")
        }
        let block = unsafe try PythonReference(checkingBorrowed: PyList_GetItem(statements.pointer, 0))
        return try block.attribute("body")
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
        var parameterIsGlobal = false
        if source.features.contains(.globalWord) {
            parameterIsGlobal = try self.hoistGlobals(in: body, parameter: parameter)
        }
        if unsafe PyList_Size(body.pointer) == 0 {
            try body.append(try self.node(self.pass))
        }
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
        // On the line before the text, as the other way has it, so that both give the same code.
        try moduleBody.append(try self.node(self.functionDefinition, fields, line: lineShift))
        let moduleFields = try PythonReference.dictionary()
        try moduleFields.setEntry("body", moduleBody)
        try moduleFields.setEntry("type_ignores", try PythonReference.list())
        let tree = try self.node(self.module, moduleFields)
        let moduleCode = try self.compileTree(tree, fileName: fileName)
        guard let code = unsafe Self.firstCode(in: moduleCode.pointer) else {
            throw unsafe PythonException.make(CPython_Exc_SystemError(), "the wrapper has no code")
        }
        var relocation = CodeRelocation(lineShift: Int32(lineShift), wrapper: "\(Self.wrapperName)")
        unsafe try relocation.relocateBody(code.pointer)
        return CompiledTask(code: code, columnShift: 0, parameterIsGlobal: parameterIsGlobal, source: source)
    }

    /// A node of the given class with its fields, positioned at the beginning of the text.
    func node(
        _ type: borrowing PythonReference,
        _ fields: consuming PythonReference? = nil,
        line: Int = 1
    ) throws(PythonException) -> PythonReference {
        let fields = if let fields { fields } else { try PythonReference.dictionary() }
        let line = unsafe try PythonReference(checking: PyLong_FromLong(line))
        let zero = unsafe try PythonReference(checking: PyLong_FromLong(0))
        try fields.setEntry("lineno", line)
        try fields.setEntry("end_lineno", line)
        try fields.setEntry("col_offset", zero)
        try fields.setEntry("end_col_offset", zero)
        let nothing = unsafe try PythonReference(checking: PyTuple_New(0))
        return unsafe try type.call(tuple: nothing, keywords: fields.pointer)
    }

    private func compileTree(
        _ tree: borrowing PythonReference,
        fileName: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let arguments = unsafe try PythonReference(checking: PyTuple_New(5))
        unsafe CPython_Tuple_SET_ITEM(arguments.pointer, 0, tree.duplicate().release())
        unsafe CPython_Tuple_SET_ITEM(arguments.pointer, 1, fileName.duplicate().release())
        unsafe CPython_Tuple_SET_ITEM(arguments.pointer, 2, try PythonText.interned("exec").release())
        unsafe CPython_Tuple_SET_ITEM(
            arguments.pointer,
            3,
            try PythonReference(checking: PyLong_FromLong(0)).release()
        )
        // Inherit nothing from whoever is calling: there may be no Python frame at all.
        unsafe CPython_Tuple_SET_ITEM(arguments.pointer, 4, PythonReference(borrowing: CPython_True()).release())
        return try self.compileFunction.call(tuple: arguments)
    }

    /// The first code object among a code object's constants: the wrapper's body.
    static func firstCode(in code: PyPointer) -> PythonReference? {
        // Safety: the caller passes a code object; its constants are a tuple.
        let constants: PyPointer = unsafe UnsafeMutableRawPointer(code)
            .assumingMemoryBound(to: PyCodeObject.self).pointee.co_consts
        let count = unsafe CPython_Tuple_GET_SIZE(constants)
        for index in 0..<count {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            if unsafe CPython_Code_Check(constant) != 0 { return unsafe PythonReference(borrowing: constant) }
        }
        return nil
    }
}
