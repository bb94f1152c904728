import CPython

/// Statements that mean something at the beginning of a module, moved to where they mean it around a function.
extension SyntaxTree {
    /// Moves the `from __future__` imports at the beginning of the text in front of the wrapper.
    func hoistFutureImports(
        from body: borrowing PythonReference,
        to moduleBody: borrowing PythonReference
    ) throws(PythonException) {
        let importFrom = try self.ast.attribute("ImportFrom")
        var index = 0
        // A docstring may stand in front of them.
        if unsafe PyList_Size(body.pointer) > 0 {
            let first = unsafe try PythonReference(checkingBorrowed: PyList_GetItem(body.pointer, 0))
            if try self.isDocumentation(first) { index = 1 }
        }
        while unsafe index < PyList_Size(body.pointer) {
            let statement = unsafe try PythonReference(checkingBorrowed: PyList_GetItem(body.pointer, index))
            guard unsafe CPython_TYPE(statement.pointer) == UnsafeMutableRawPointer(importFrom.pointer) else { return }
            let module = try statement.attribute("module")
            guard unsafe PythonText.equals(module.pointer, "__future__") else { return }
            try moduleBody.append(statement)
            unsafe try checking(PyList_SetSlice(body.pointer, index, index + 1, nil))
        }
    }

    private func isDocumentation(_ statement: borrowing PythonReference) throws(PythonException) -> Bool {
        let expression = try self.ast.attribute("Expr")
        let constant = try self.ast.attribute("Constant")
        guard unsafe CPython_TYPE(statement.pointer) == UnsafeMutableRawPointer(expression.pointer) else {
            return false
        }
        let value = try statement.attribute("value")
        guard unsafe CPython_TYPE(value.pointer) == UnsafeMutableRawPointer(constant.pointer) else { return false }
        let text = try value.attribute("value")
        return unsafe CPython_Unicode_Check(text.pointer) != 0
    }

    /// Declares every name that any function declares `global` global in the body too, as it is in a module.
    ///
    /// - Returns: Whether the parameter is among them.
    func hoistGlobals(
        in body: borrowing PythonReference,
        parameter: StaticString
    ) throws(PythonException) -> Bool {
        let names = unsafe try PythonReference(checking: PySet_New(nil))
        try self.collectGlobals(in: body, into: names)
        guard unsafe PySet_Size(names.pointer) > 0 else { return false }
        try self.dropAnnotations(of: names, in: body)
        let list = unsafe try PythonReference(checking: PySequence_List(names.pointer))
        // Sorted, so that the same text always gives the same code.
        unsafe try checking(PyList_Sort(list.pointer))
        let fields = try PythonReference.dictionary()
        try fields.setEntry("names", list)
        let statement = try self.node(try self.ast.attribute("Global"), fields)
        unsafe try checking(PyList_Insert(body.pointer, 0, statement.pointer))
        let parameterName = try PythonText.interned(parameter)
        return unsafe try checking(PySet_Contains(names.pointer, parameterName.pointer)) == 1
    }

    /// Visits every node below `root` without recursion, so that depth costs heap rather than stack.
    private func collectGlobals(
        in root: borrowing PythonReference,
        into names: borrowing PythonReference
    ) throws(PythonException) {
        let global = try self.ast.attribute("Global")
        let node = try self.ast.attribute("AST")
        let pending = try PythonReference.list()
        try pending.append(root)
        while unsafe PyList_Size(pending.pointer) > 0 {
            let last = unsafe PyList_Size(pending.pointer) - 1
            let current = unsafe try PythonReference(checkingBorrowed: PyList_GetItem(pending.pointer, last))
            unsafe try checking(PyList_SetSlice(pending.pointer, last, last + 1, nil))
            if unsafe CPython_List_CheckExact(current.pointer) != 0 {
                unsafe try checking(PyList_SetSlice(pending.pointer, last, last, current.pointer))
                continue
            }
            guard unsafe try checking(PyObject_IsInstance(current.pointer, node.pointer)) == 1 else { continue }
            if unsafe CPython_TYPE(current.pointer) == UnsafeMutableRawPointer(global.pointer) {
                let declared = try current.attribute("names")
                unsafe try checking(_PySet_Update(names.pointer, declared.pointer))
                continue
            }
            let fields = unsafe try PythonReference(checking: PyObject_GenericGetDict(current.pointer, nil))
            let values = unsafe try PythonReference(checking: PyDict_Values(fields.pointer))
            unsafe try checking(PyList_SetSlice(pending.pointer, last, last, values.pointer))
        }
    }

    /// Turns `n: int = 0` into `n = 0` for names that are about to be declared global: in a module both are allowed,
    /// in a function an annotated name cannot be global. The annotations of a function's locals are never evaluated.
    private func dropAnnotations(
        of names: borrowing PythonReference,
        in statements: borrowing PythonReference
    ) throws(PythonException) {
        let annotated = try self.ast.attribute("AnnAssign")
        let name = try self.ast.attribute("Name")
        let scopes = try PythonReference.list()
        for scope: StaticString in ["FunctionDef", "AsyncFunctionDef", "ClassDef"] {
            unsafe try scopes.append(PythonReference(checking: PyObject_GetAttrString(self.ast.pointer, scope.cString)))
        }
        let count = unsafe PyList_Size(statements.pointer)
        for index in 0..<count {
            let statement = unsafe try PythonReference(checkingBorrowed: PyList_GetItem(statements.pointer, index))
            let type = unsafe UnsafeMutableRawPointer(CPython_TYPE(statement.pointer))
                .assumingMemoryBound(to: PyObject.self)
            if unsafe try checking(PySequence_Contains(scopes.pointer, type)) == 1 { continue }
            if unsafe type == annotated.pointer {
                let target = try statement.attribute("target")
                guard unsafe CPython_TYPE(target.pointer) == UnsafeMutableRawPointer(name.pointer) else { continue }
                let identifier = try target.attribute("id")
                guard unsafe try checking(PySet_Contains(names.pointer, identifier.pointer)) == 1 else { continue }
                let plain = try self.withoutAnnotation(statement, target: target)
                unsafe try checking(PyList_SetItem(statements.pointer, index, plain.release()))
                continue
            }
            for field: StaticString in ["body", "orelse", "finalbody", "handlers", "cases"] {
                let key = try PythonText.interned(field)
                guard unsafe PyObject_HasAttr(statement.pointer, key.pointer) != 0 else { continue }
                let nested = unsafe try PythonReference(checking: PyObject_GetAttr(statement.pointer, key.pointer))
                if unsafe CPython_List_CheckExact(nested.pointer) != 0 {
                    try self.dropAnnotations(of: names, in: nested)
                }
            }
        }
    }

    private func withoutAnnotation(
        _ statement: borrowing PythonReference,
        target: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let value = try statement.attribute("value")
        let plain: PythonReference
        if unsafe value.pointer == CPython_None() {
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
            let position = unsafe try PythonReference(
                checking: PyObject_GetAttrString(statement.pointer, field.cString)
            )
            try plain.setAttribute(field, position)
        }
        return plain
    }
}
