import PythonPolicy
import PythonRuntime
import Tasks

/// The one interpreter of an exit test's process, with a policy.
struct PolicyInterpreter {
    let interpreter: Interpreter

    init() throws {
        let configuration = InterpreterConfiguration(installation: try PythonInstallation.locate())
        self.interpreter = try Interpreter.start(configuration)
        let policy = TaskPolicy(
            standardLibraryAllow: ["@safe"],
            externalAllow: [],
            builtinsDeny: TaskPolicy.defaultBuiltinsDeny
        )
        try self.interpreter.installPolicy(policy, configuration: configuration)
    }

    final class Sink: TaskSink {
        var printed: [UInt8] = []
        func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) { self.printed += text }
        func progress(done: Int, total: Int) {}
    }

    func run(_ code: [UInt8], as purpose: TaskPurpose, sink: Sink = Sink()) -> PythonTaskResult {
        var phases = TaskPhases()
        return self.interpreter.run(
            PythonTask(purpose: purpose, code: code[...]),
            outputLimit: 1 << 20,
            memoryLimit: nil,
            sink: sink,
            phases: &phases
        )
    }

    /// What a check answers.
    enum Answer: Equatable {
        case report(CheckReport)
        case syntaxError(String)
        case other(String)

        var isRefusal: Bool {
            if case .report(let report) = self { !report.violations.isEmpty } else { false }
        }
    }

    func check(_ code: [UInt8]) -> Answer {
        switch self.run(code, as: .check) {
        case .checked(let report): .report(report)
        case .failure(let failure) where failure.kind == .syntaxError: .syntaxError(failure.message)
        case .failure(let failure): .other(failure.message)
        case .items: .other("items")
        }
    }
}
