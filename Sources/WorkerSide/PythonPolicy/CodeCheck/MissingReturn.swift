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
        let argument = mode == .allItems ? "_items" : "_item"
        for nested in body.nested {
            let name = try PythonText.string(nested.name)
            guard Self.functions.contains(name) else { continue }
            return Self.hint(
                line: nested.firstLine,
                construct: "def \(name)",
                "\(CodeHint.returnsNothing), and \(name)() is not called by itself: end the code with "
                    + "`return \(name)(\(argument))`"
            )
        }
        for local in body.localNames {
            let name = try PythonText.string(local)
            guard Self.variables.contains(name) else { continue }
            return Self.hint(
                line: body.firstLine,
                construct: name,
                "\(CodeHint.returnsNothing), and a variable is not read: end the code with `return \(name)`"
            )
        }
        return nil
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
