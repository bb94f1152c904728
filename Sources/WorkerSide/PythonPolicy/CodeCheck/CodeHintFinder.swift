import CPython
import PythonRuntime
import Tasks

/// Finds constructs that compile but are probably mistakes. The result of a check lists them.
enum CodeHintFinder {
    /// The hints on a task's code, in the order of the text; at most ``StaticCheck/maximumFindings``.
    static func hints(on task: borrowing CompiledTask, mode: TaskMode) throws(PythonException) -> [CodeHint] {
        guard let code = unsafe CodeObject(task.code.borrowed) else { preconditionFailure("a task without code") }
        var hints: [CodeHint] = []
        try Self.collect(code, isBody: true, task, mode, into: &hints)
        if hints.count < StaticCheck.maximumFindings, let missing = try MissingReturn.hint(on: code, mode) {
            hints.append(missing)
        }
        return hints.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    private static func collect(
        _ code: CodeObject,
        isBody: Bool,
        _ task: borrowing CompiledTask,
        _ mode: TaskMode,
        into hints: inout [CodeHint]
    ) throws(PythonException) {
        var instructions = try Instructions(of: code)
        var previous: Instruction?
        while hints.count < StaticCheck.maximumFindings, let instruction = instructions.next() {
            defer { previous = instruction }
            guard let found = try Self.hint(on: instruction, after: previous, in: code, isBody: isBody, mode) else {
                continue
            }
            let isAttribute = instruction.operation == .loadAttribute
            let position = task.position(
                of: instruction.byteOffset,
                in: code,
                attribute: isAttribute ? String(found.construct.dropFirst()) : nil
            )
            hints.append(
                CodeHint(
                    line: position.line,
                    column: position.column,
                    construct: found.construct,
                    message: found.message
                )
            )
        }
        if !isBody, hints.count < StaticCheck.maximumFindings, code.isCoroutine, !task.importsAsyncio {
            hints.append(
                CodeHint(
                    line: code.firstLine,
                    column: 1,
                    construct: "async def \(try PythonText.string(code.name))",
                    message: "the code of a task is not an async function: write a plain function, and call it"
                )
            )
        }
        for nested in code.nested { try Self.collect(nested, isBody: false, task, mode, into: &hints) }
    }

    private static func hint(
        on instruction: Instruction,
        after previous: Instruction?,
        in code: CodeObject,
        isBody: Bool,
        _ mode: TaskMode
    ) throws(PythonException) -> (construct: String, message: String)? {
        switch instruction.operation {
        case .loadGlobal, .loadName:
            guard let object = code.name(of: instruction) else { return nil }
            let name = try PythonText.string(object)
            return CodeAdvice.advice(forName: name, mode: mode).map { (name, $0) }
        case .loadAttribute:
            guard let object = code.name(of: instruction), let previous else { return nil }
            let name = try PythonText.string(object)
            guard ["json", "binary", "pairedItem"].contains(name) else { return nil }
            switch previous.operation {
            // The first parameter of a function, such as `self`, is usually not an item.
            case .loadFast where previous.argument == 0 && !isBody: return nil
            case .loadFast, .loadGlobal, .loadDeref, .loadName, .binarySubscript: break
            default: return nil
            }
            return CodeAdvice.advice(forAttribute: name, ofType: "dict").map { (".\(name)", $0) }
        case .returnValue where isBody:
            switch previous?.operation {
            case .loadConstant:
                return previous.flatMap { code.constant(of: $0) }.flatMap { Self.advice(onReturned: $0, mode) }
            case .buildMap where mode == .allItems, .buildConstantKeyMap where mode == .allItems:
                return ("return", "this returns one item; return a list of dicts to return several")
            default:
                return nil
            }
        case .returnConstant where isBody:
            return code.constant(of: instruction).flatMap { Self.advice(onReturned: $0, mode) }
        default:
            return nil
        }
    }

    private static func advice(
        onReturned constant: BorrowedReference,
        _ mode: TaskMode
    ) -> (construct: String, message: String)? {
        guard !constant.isNone else { return nil }
        let shape = mode == .allItems ? "a list of dicts" : "a dict"
        return ("return", "a task returns \(shape), not a plain value")
    }
}
