import CPython
import Tasks

/// What the author of a refused task reads.
extension PolicyGuard {
    func violations(in task: borrowing CompiledTask) throws(PythonException) -> Violations {
        var check = StaticCheck(self)
        unsafe try check.check(task.code.pointer)
        guard !check.findings.isEmpty else { return Violations(listed: [], total: 0) }
        var violations: [PolicyViolation] = []
        for finding in check.findings {
            violations.append(try self.describe(finding, in: task))
        }
        return Violations(
            listed: violations.sorted { ($0.line, $0.column) < ($1.line, $1.column) },
            total: check.total
        )
    }

    private func describe(
        _ finding: StaticCheck.Finding,
        in task: borrowing CompiledTask
    ) throws(PythonException) -> PolicyViolation {
        let name = unsafe try PythonText.string(finding.name)
        let isAttribute =
            switch finding.rule {
            case .attribute, .mangled: true
            case .pattern, .name, .builtin, .classStatement, .importing: false
            }
        let (line, column) = unsafe Self.position(
            of: finding.byteOffset,
            in: finding.code,
            attribute: isAttribute ? name : nil,
            task
        )
        let (rule, construct, message, hint) = try self.words(for: finding, name)
        return PolicyViolation(
            rule: rule,
            construct: construct,
            line: line,
            column: column,
            message: message,
            hint: hint
        )
    }

    private func words(
        for finding: StaticCheck.Finding,
        _ name: String
    ) throws(PythonException) -> (rule: String, construct: String, message: String, hint: String?) {
        let lifting = "only TERRARIUM_STDLIB_ALLOW=* lifts this rule"
        switch finding.rule {
        case .attribute:
            let reason = self.names.reason(for: name) ?? "refused"
            return (
                "attribute", ".\(name)", "the attribute '\(name)' is not available to tasks: it is \(reason)", lifting
            )
        case .mangled:
            return (
                "attribute", ".\(name)",
                "'\(name)' is the private name of a class that this code does not define", lifting
            )
        case .pattern:
            let reason = self.names.reason(for: name) ?? "refused"
            return (
                "pattern", "\(name)=",
                "a pattern must not read the attribute '\(name)': it is \(reason)", lifting
            )
        case .name:
            let reason = self.names.reason(for: name) ?? "refused"
            return ("name", name, "the name '\(name)' is not available to tasks: it is \(reason)", lifting)
        case .builtin:
            return ("builtin", name, "the built-in '\(name)' is denied", Self.remedy(forBuiltin: name))
        case .classStatement:
            return (
                "builtin", "class", "class statements are refused: the built-in '__build_class__' is denied",
                "an administrator can allow them by taking '__build_class__' out of TERRARIUM_BUILTINS_DENY"
            )
        case .importing(let list, let level):
            let construct = unsafe try Self.importConstruct(name, list, level)
            guard level == 0 else {
                return (
                    "import", construct, "relative imports are not possible: a task is no package",
                    "import the module by its full name"
                )
            }
            let refused = unsafe try self.refusedModule(name, list)
            return ("import", construct, self.imports.refusal(of: refused), self.imports.remedy(for: refused))
        }
    }

    /// The module that is refused: of a package that is only a way to others, the first of those that is not allowed.
    private func refusedModule(_ package: String, _ list: PyPointer?) throws(PythonException) -> String {
        guard let list = unsafe list, self.imports.verdict(on: package) == .passage else { return package }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(list) {
            let part = unsafe package + "." + (try PythonText.string(CPython_Tuple_GET_ITEM(list, index)))
            if self.imports.verdict(on: part) == .refused { return part }
        }
        return package
    }

    /// What to do without a denied built-in, and who can allow it.
    static func remedy(forBuiltin name: String) -> String {
        let instead: String? =
            switch name {
            case "open": "a task has no files; take data from the items, or use io.StringIO and io.BytesIO"
            case "input": "a task has no console; take data from the items"
            case "eval": "use json.loads for data"
            case "globals", "locals", "vars": "keep values in a dict of your own"
            case "getattr", "hasattr": "use a dict, or write the attribute out"
            case "exit", "quit": "use return"
            case "breakpoint": "use print"
            default: nil
            }
        let setting = "an administrator can allow it by taking '\(name)' out of TERRARIUM_BUILTINS_DENY"
        return instead.map { "\($0); \(setting)" } ?? setting
    }

    /// An import as its author wrote it, except for `as`.
    private static func importConstruct(
        _ module: String,
        _ list: PyPointer?,
        _ level: Int
    ) throws(PythonException) -> String {
        let source = String(repeating: ".", count: level) + module
        guard let list = unsafe list else { return "import \(source)" }
        var names: [String] = []
        for index in unsafe 0..<min(CPython_Tuple_GET_SIZE(list), 5) {
            unsafe names.append(try PythonText.string(CPython_Tuple_GET_ITEM(list, index)))
        }
        let more = unsafe CPython_Tuple_GET_SIZE(list) > 5 ? ", …" : ""
        return "from \(source) import \(names.joined(separator: ", "))\(more)"
    }

    /// Where an instruction stands in the author's text; for one that uses an attribute, where the attribute's name is.
    ///
    /// CPython's location of such an instruction is that of the whole expression, which ends with the name.
    static func position(
        of byteOffset: Int32,
        in code: PyPointer,
        attribute name: String?,
        _ task: borrowing CompiledTask
    ) -> (line: Int, column: Int) {
        guard let range = unsafe SourceRange(of: byteOffset, in: code, columnShift: task.columnShift) else {
            return (1, 1)
        }
        if let name, let text = task.source.line(range.endLine),
            Self.text(text, has: name, endingAtUTF8Offset: range.endUTF8Column)
        {
            let offset = range.endUTF8Column - name.utf8.count
            return (range.endLine, task.source.column(utf8Offset: offset, line: range.endLine))
        }
        return (range.line, task.source.column(utf8Offset: range.utf8Column, line: range.line))
    }

    private static func text(_ line: String, has name: String, endingAtUTF8Offset offset: Int) -> Bool {
        let bytes = Array(line.utf8)
        guard offset <= bytes.count, offset >= name.utf8.count else { return false }
        return bytes[(offset - name.utf8.count)..<offset].elementsEqual(name.utf8)
    }
}
