import CPython
import PythonRuntime
import Tasks

/// Checks a task's code before it runs. ``StaticCheck`` finds the refused constructs; this type describes each to the
/// author, with its position, the reason, and the setting that would allow it.
struct CodeCheck {
    private let context: PolicyContext

    init(_ context: PolicyContext) {
        self.context = context
    }

    /// Everything the policy refuses in a task's code, in the order of the text.
    func violations(in task: borrowing CompiledTask) throws(PythonException) -> Violations {
        guard let code = unsafe CodeObject(task.code.borrowed) else { preconditionFailure("a task without code") }
        var check = StaticCheck(self.context)
        try check.check(code)
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
        let name = try PythonText.string(finding.name)
        let isAttribute =
            switch finding.rule {
            case .attribute, .foreignPrivateName: true
            case .pattern, .name, .builtin, .classStatement, .importing: false
            }
        let (line, column) = task.position(
            of: finding.byteOffset,
            in: finding.code,
            attribute: isAttribute ? name : nil
        )
        let text = try self.text(for: finding, name)
        return PolicyViolation(
            rule: text.rule,
            construct: text.construct,
            line: line,
            column: column,
            message: text.message,
            hint: text.hint
        )
    }

    private func text(
        for finding: StaticCheck.Finding,
        _ name: String
    ) throws(PythonException) -> (rule: String, construct: String, message: String, hint: String?) {
        let variables = self.context.policy.variables
        let onlyOpen = "only \(variables.standardLibraryAllow)=* lifts this rule"
        let reason = self.context.names.reason(for: name) ?? "refused"
        switch finding.rule {
        case .attribute:
            return (
                "attribute", ".\(name)", "the attribute '\(name)' is not available to tasks: it is \(reason)", onlyOpen
            )
        case .foreignPrivateName:
            return (
                "attribute", ".\(name)",
                "'\(name)' is the private name of a class that this code does not define", onlyOpen
            )
        case .pattern:
            return (
                "pattern", "\(name)=",
                "a pattern must not read the attribute '\(name)': it is \(reason)", onlyOpen
            )
        case .name:
            return ("name", name, "the name '\(name)' is not available to tasks: it is \(reason)", onlyOpen)
        case .builtin:
            return (
                "builtin", name, "the built-in '\(name)' is denied",
                BuiltinRemedy.text(for: name, in: variables.builtinsDeny)
            )
        case .classStatement:
            return (
                "builtin", "class", "class statements are refused: the built-in '__build_class__' is denied",
                "an administrator can allow them by taking '__build_class__' out of \(variables.builtinsDeny)"
            )
        case .importing(let list, let level):
            let construct = try Self.importStatement(name, list, level)
            guard level == 0 else {
                return (
                    "import", construct, "relative imports are not possible: a task is not part of a package",
                    "import the module by its full name"
                )
            }
            let refused = try self.refusedModule(name, list)
            let imports = self.context.imports
            return ("import", construct, imports.refusal(of: refused), imports.remedy(for: refused))
        }
    }

    /// The refused module of an import. If only some modules of the package are allowed, it is the first imported one
    /// that is not.
    private func refusedModule(_ package: String, _ list: TupleObject?) throws(PythonException) -> String {
        guard let list, self.context.imports.decision(on: package) == .parentOnly else { return package }
        for name in list {
            let part = package + "." + (try PythonText.string(name))
            if self.context.imports.decision(on: part) == .refused { return part }
        }
        return package
    }

    /// The import statement as its author wrote it, without `as` clauses and with at most five names.
    private static func importStatement(
        _ module: String,
        _ list: TupleObject?,
        _ level: Int
    ) throws(PythonException) -> String {
        let name = module.utf8.count > ImportRules.longestName ? module.prefix(100) + "…" : module[...]
        let source = String(repeating: ".", count: level) + name
        guard let list else { return "import \(source)" }
        var names: [String] = []
        for name in list.prefix(5) {
            names.append(try PythonText.string(name))
        }
        let more = list.count > 5 ? ", …" : ""
        return "from \(source) import \(names.joined(separator: ", "))\(more)"
    }
}

/// The hint for a denied built-in: what to use instead, and the setting that would allow it.
enum BuiltinRemedy {
    static func text(for name: String, in variable: String) -> String {
        let instead: String? =
            switch name {
            case "open": "a task has no files; take data from the items, or use io.StringIO and io.BytesIO"
            case "compile", "exec": "write the code into the task"
            case "input": "a task has no console; take data from the items"
            case "eval": "use json.loads for data"
            case "globals", "locals", "vars": "keep values in a dict of your own"
            case "getattr", "hasattr": "use a dict, or write the attribute out"
            case "exit", "quit": "use return"
            case "breakpoint": "use print"
            default: nil
            }
        let setting = "an administrator can allow it by taking '\(name)' out of \(variable)"
        return instead.map { "\($0); \(setting)" } ?? setting
    }
}
