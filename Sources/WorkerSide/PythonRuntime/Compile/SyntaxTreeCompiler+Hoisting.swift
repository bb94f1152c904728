import CPython

/// Moves statements that have a special meaning at module level, so that they keep it although the text becomes a
/// function's body.
extension SyntaxTreeCompiler {
    /// Moves the `from __future__` imports at the beginning of the text to the module, before the wrapper function.
    func hoistFutureImports(
        from body: borrowing PythonReference,
        to moduleBody: borrowing PythonReference
    ) throws(PythonException) {
        let importFrom = try self.ast.attribute("ImportFrom")
        var index = 0
        // A docstring may come before the imports.
        if unsafe body.list.count > 0 {
            let first = unsafe body.list[0].owned
            if try self.isDocumentation(first) { index = 1 }
        }
        while unsafe index < body.list.count {
            let statement = unsafe body.list[index].owned
            guard statement.hasType(importFrom) else { return }
            let module = try statement.attribute("module")
            guard PythonText.equals(module, "__future__") else { return }
            try moduleBody.append(statement)
            unsafe try checking(PyList_SetSlice(body.pointer, index, index + 1, nil))
        }
    }

    private func isDocumentation(_ statement: borrowing PythonReference) throws(PythonException) -> Bool {
        let expression = try self.ast.attribute("Expr")
        let constant = try self.ast.attribute("Constant")
        guard statement.hasType(expression) else { return false }
        let value = try statement.attribute("value")
        guard value.hasType(constant) else { return false }
        let text = try value.attribute("value")
        return text.isString
    }

    /// Adds a `global` declaration to the body for every name that a nested function declares `global`. In a module,
    /// the body and that function would use the same variable.
    ///
    /// - Returns: Whether the parameter is among these names.
    func hoistGlobals(
        in body: borrowing PythonReference,
        parameter: StaticString
    ) throws(PythonException) -> Bool {
        let names = unsafe try PythonReference(checking: PySet_New(nil))
        try self.collectGlobals(in: body, into: names)
        guard unsafe PySet_Size(names.pointer) > 0 else { return false }
        try self.dropAnnotations(of: names, in: body)
        let list = unsafe try PythonReference(checking: PySequence_List(names.pointer))
        // Sorted, so that the same text always compiles to the same code.
        unsafe try checking(PyList_Sort(list.pointer))
        let fields = try PythonReference.dictionary()
        try fields.setEntry("names", list)
        let statement = try self.node(try self.ast.attribute("Global"), fields)
        unsafe try checking(PyList_Insert(body.pointer, 0, statement.pointer))
        let parameterName = try PythonText.interned(parameter)
        return unsafe try checking(PySet_Contains(names.pointer, parameterName.pointer)) == 1
    }

    /// Collects the names of all `global` declarations below `root`. It does not recurse, so that deep nesting uses
    /// heap memory instead of the stack.
    private func collectGlobals(
        in root: borrowing PythonReference,
        into names: borrowing PythonReference
    ) throws(PythonException) {
        let global = try self.ast.attribute("Global")
        let node = try self.ast.attribute("AST")
        let pending = try PythonReference.list()
        try pending.append(root)
        while unsafe pending.list.count > 0 {
            let last = unsafe pending.list.count - 1
            let current = unsafe pending.list[last].owned
            unsafe try checking(PyList_SetSlice(pending.pointer, last, last + 1, nil))
            if current.isExactList {
                unsafe try checking(PyList_SetSlice(pending.pointer, last, last, current.pointer))
                continue
            }
            guard unsafe try checking(PyObject_IsInstance(current.pointer, node.pointer)) == 1 else { continue }
            if current.hasType(global) {
                let declared = try current.attribute("names")
                for name in unsafe declared.list { unsafe try checking(PySet_Add(names.pointer, name.pointer)) }
                continue
            }
            let fields = unsafe try PythonReference(checking: PyObject_GenericGetDict(current.pointer, nil))
            let values = unsafe try PythonReference(checking: PyDict_Values(fields.pointer))
            unsafe try checking(PyList_SetSlice(pending.pointer, last, last, values.pointer))
        }
    }

    /// Turns `n: int = 0` into `n = 0` for names that are about to be declared global. A module may annotate such a
    /// name; in a function it is a syntax error. Removing the annotation changes nothing, because annotations of a
    /// function's local variables are never evaluated.
    private func dropAnnotations(
        of names: borrowing PythonReference,
        in statements: borrowing PythonReference
    ) throws(PythonException) {
        let annotated = try self.ast.attribute("AnnAssign")
        let name = try self.ast.attribute("Name")
        let function = try self.ast.attribute("FunctionDef")
        let asyncFunction = try self.ast.attribute("AsyncFunctionDef")
        let classStatement = try self.ast.attribute("ClassDef")
        for index in unsafe 0..<statements.list.count {
            let statement = unsafe statements.list[index].owned
            // These statements have a scope of their own.
            if statement.hasType(function) || statement.hasType(asyncFunction) || statement.hasType(classStatement) {
                continue
            }
            if statement.hasType(annotated) {
                let target = try statement.attribute("target")
                guard target.hasType(name) else { continue }
                let identifier = try target.attribute("id")
                guard unsafe try checking(PySet_Contains(names.pointer, identifier.pointer)) == 1 else { continue }
                let plain = try self.withoutAnnotation(statement, target: target)
                unsafe try checking(PyList_SetItem(statements.pointer, index, plain.release()))
                continue
            }
            for field: StaticString in ["body", "orelse", "finalbody", "handlers", "cases"] {
                let key = try PythonText.interned(field)
                guard let nested = try statement.attributeIfPresent(key) else { continue }
                if nested.isExactList { try self.dropAnnotations(of: names, in: nested) }
            }
        }
    }

    private func withoutAnnotation(
        _ statement: borrowing PythonReference,
        target: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let value = try statement.attribute("value")
        let plain: PythonReference
        if value.isNone {
            plain = try self.node(try self.ast.attribute("Pass"))
        } else {
            let targets = try PythonReference.list()
            try targets.append(target)
            let fields = try PythonReference.dictionary()
            try fields.setEntry("targets", targets)
            try fields.setEntry("value", value)
            plain = try self.node(try self.ast.attribute("Assign"), fields)
        }
        for field: StaticString in ["lineno", "col_offset", "end_lineno", "end_col_offset"] {
            try plain.setAttribute(field, try statement.attribute(field))
        }
        return plain
    }
}
