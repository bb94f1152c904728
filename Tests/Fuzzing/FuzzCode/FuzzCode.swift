import PythonPolicy
import PythonRuntime
import Tasks

/// libFuzzer's way in: compiles any bytes as a task's code and holds them against the policy, without running them. The
/// answer is a report or a syntax error, and the same when it is asked for again.
///
/// Build with `TRM_BUILD_FUZZING=1 swift build --scratch-path .build-fuzzing --product FuzzCode --sanitize=fuzzer
/// --sanitize=address`, run with `SWIFT_BACKTRACE=enable=no` and `Tests/Fuzzing/Corpora/FuzzCode`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCode(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let code = Array(UnsafeBufferPointer(start: start, count: count))
    let first = CodeFuzz.check(code)
    let second = CodeFuzz.check(code)
    precondition(first == second, "\(first), then \(second)")
    return 0
}

private enum CodeFuzz {
    /// Started by the first input. The allocator is malloc(), so that AddressSanitizer sees every object.
    nonisolated(unsafe) static let interpreter: Interpreter = {
        do {
            let configuration = InterpreterConfiguration(
                installation: try PythonInstallation.locate(),
                allocator: .malloc
            )
            let interpreter = try Interpreter.start(configuration)
            let policy = TaskPolicy(
                standardLibraryAllow: ["@safe"],
                externalAllow: [],
                builtinsDeny: TaskPolicy.defaultBuiltinsDeny
            )
            try interpreter.installPolicy(policy, configuration: configuration)
            return interpreter
        } catch {
            preconditionFailure("no interpreter: \(error)")
        }
    }()

    private final class NoSink: TaskSink {
        func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {}
        func progress(done: Int, total: Int) {}
    }

    static func check(_ code: [UInt8]) -> String {
        var phases = TaskPhases()
        let result = self.interpreter.run(
            PythonTask(purpose: .check, code: code[...]),
            outputLimit: 1024,
            memoryLimit: nil,
            sink: NoSink(),
            phases: &phases
        )
        switch result {
        case .checked(let report):
            return "\(report)"
        case .failure(let failure):
            precondition([.syntaxError, .memoryExceeded].contains(failure.kind), "\(failure)")
            return "\(failure)"
        case .items:
            preconditionFailure("a check answered items")
        }
    }
}
