import PythonRuntime
import Tasks

/// Finds code that returns nothing, but defines a function that other products call (`main`, `handler`) or a variable
/// that they read (`output`).
enum MissingReturn {
    /// Functions that other products call.
    private static let functions = [
        "main", "handler", "lambda_handler", "run", "execute", "process", "process_items", "transform",
    ]
    /// Variables that other products read after the code has run.
    private static let variables = ["output", "outputs", "result", "results", "return_items"]

    /// The hint for a task's body; nil if it returns something, or defines none of these names.
    static func hint(on body: CodeObject, _ mode: TaskMode) throws(PythonException) -> CodeHint? {
        guard try !Self.returnsSomething(body) else { return nil }
        for nested in body.nested {
            let name = try PythonText.string(nested.name)
            guard Self.functions.contains(name) else { continue }
            return Self.hint(
                line: nested.firstLine,
                construct: "def \(name)",
                "\(CodeHint.returnsNothing): it defines \(name)(), but does not return its result; "
                    + (try Self.remedy(for: nested, name, mode))
            )
        }
        for local in body.localNames {
            let name = try PythonText.string(local)
            guard Self.variables.contains(name) else { continue }
            return Self.hint(
                line: body.firstLine,
                construct: name,
                "\(CodeHint.returnsNothing): it sets \(name), but does not return it; add the last line `return \(name)`"
            )
        }
        return nil
    }

    /// What to write so that the function is called, with an argument for each of its parameters, and its result is
    /// returned. Which parameters have defaults is unknown: a code object does not have them.
    private static func remedy(
        for function: CodeObject,
        _ name: String,
        _ mode: TaskMode
    ) throws(PythonException) -> String {
        let items = mode == .allItems ? "_items" : "_item"
        let parameters = function.parameters
        var arguments: [String] = []
        var index = 0
        for local in function.localNames {
            guard index < parameters.named else { break }
            defer { index += 1 }
            let value = index == 0 ? items : "None"
            let isPositional = index < (index == 0 ? parameters.positional : parameters.positionalOnly)
            arguments.append(isPositional ? value : "\(try PythonText.string(local))=\(value)")
        }
        if arguments.isEmpty, parameters.takesMorePositional { arguments.append(items) }
        let call = "\(name)(\(arguments.joined(separator: ", ")))"
        let returned = function.isGenerator && !function.isAsynchronous ? "list(\(call))" : call
        return (function.isAsynchronous ? "write a plain function instead of `async def`, and " : "")
            + "add the last line `return \(returned)`, outside of the function"
            + (arguments.count > 1 ? "; parameters with defaults need no argument" : "")
    }

    private static func hint(line: Int, construct: String, _ message: String) -> CodeHint {
        CodeHint(line: max(line, 1), column: 1, construct: construct, message: message)
    }

    /// Whether one of the body's `return` statements has another value than `None`.
    private static func returnsSomething(_ body: CodeObject) throws(PythonException) -> Bool {
        var instructions = try Instructions(of: body)
        var previous: Instruction?
        while let instruction = instructions.next() {
            defer { previous = instruction }
            guard instruction.operation == .returnValue else { continue }
            guard let constant = previous.flatMap({ $0.operation == .loadConstant ? body.constant(of: $0) : nil })
            else {
                return true
            }
            if !constant.isNone { return true }
        }
        return false
    }
}
