import CPython

/// Rewrites `from m import *`, which CPython allows only at module level, where the names become global variables.
extension SyntaxTreeCompiler {
    /// Replaces each `from m import *` of the body, outside of functions and classes, by two statements: an import of
    /// the module under a name that is not a valid identifier, and a call of the built-in that copies the module's
    /// names into the globals.
    ///
    /// The code thus still has an import instruction, which the check of imports reads.
    func replaceStarImports(in statements: borrowing PythonReference) throws(PythonException) {
        let importFrom = try self.ast.attribute("ImportFrom")
        let function = try self.ast.attribute("FunctionDef")
        let asyncFunction = try self.ast.attribute("AsyncFunctionDef")
        let classStatement = try self.ast.attribute("ClassDef")
        var index = 0
        while unsafe index < statements.list.count {
            let statement = unsafe statements.list[index].owned
            index += 1
            // These statements have a scope of their own, in which CPython refuses the import.
            if statement.hasType(function) || statement.hasType(asyncFunction) || statement.hasType(classStatement) {
                continue
            }
            if statement.hasType(importFrom) {
                guard let module = try self.moduleOfStarImport(statement) else { continue }
                let replacement = try PythonReference.list()
                try replacement.append(try self.importStatement(of: module, at: statement))
                try replacement.append(try self.starCall(at: statement))
                unsafe try checking(PyList_SetSlice(statements.pointer, index - 1, index, replacement.pointer))
                index += 1
                continue
            }
            for field: StaticString in ["body", "orelse", "finalbody", "handlers", "cases"] {
                let key = try PythonText.interned(field)
                guard let nested = try statement.attributeIfPresent(key) else { continue }
                if nested.isExactList { try self.replaceStarImports(in: nested) }
            }
        }
    }

    /// The name of the module of a `from m import *`; nil for any other statement.
    private func moduleOfStarImport(_ statement: borrowing PythonReference) throws(PythonException) -> PythonReference?
    {
        let names = try statement.attribute("names")
        let level = try statement.attribute("level")
        let module = try statement.attribute("module")
        guard names.isExactList, unsafe names.list.count == 1, module.isString, unsafe level.borrowed.smallInteger == 0,
            PythonText.equals(try unsafe names.list[0].attribute("name"), "*")
        else { return nil }
        return module
    }

    /// The statement `import MODULE as <import>`.
    private func importStatement(
        of module: borrowing PythonReference,
        at statement: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let fields = try PythonReference.dictionary()
        try fields.setEntry("name", module)
        try fields.setEntry("asname", try PythonText.interned(Self.importedModule))
        let names = try PythonReference.list()
        try names.append(try self.node("alias", fields, at: statement))
        let entries = try PythonReference.dictionary()
        try entries.setEntry("names", names)
        return try self.node("Import", entries, at: statement)
    }

    /// The statement `<import *>(<import>)`.
    private func starCall(at statement: borrowing PythonReference) throws(PythonException) -> PythonReference {
        let arguments = try PythonReference.list()
        try arguments.append(try self.loadedName(Self.importedModule, at: statement))
        let call = try PythonReference.dictionary()
        try call.setEntry("func", try self.loadedName(CompiledTask.starImportName, at: statement))
        try call.setEntry("args", arguments)
        try call.setEntry("keywords", try PythonReference.list())
        let expression = try PythonReference.dictionary()
        try expression.setEntry("value", try self.node("Call", call, at: statement))
        return try self.node("Expr", expression, at: statement)
    }

    private func loadedName(
        _ name: StaticString,
        at statement: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let fields = try PythonReference.dictionary()
        try fields.setEntry("id", try PythonText.interned(name))
        try fields.setEntry("ctx", try self.ast.attribute("Load").call())
        return try self.node("Name", fields, at: statement)
    }

    /// A node with the position of a statement of the text.
    private func node(
        _ type: StaticString,
        _ fields: consuming PythonReference,
        at statement: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let made = try self.node(try self.ast.attribute(type), fields)
        for field: StaticString in ["lineno", "col_offset", "end_lineno", "end_col_offset"] {
            try made.setAttribute(field, try statement.attribute(field))
        }
        return made
    }

    /// The local variable that the module is assigned to. It is not a valid identifier, so the submitted code cannot
    /// use it.
    private static let importedModule: StaticString = "<import>"
}
