import Glibc
import PythonPolicy
import PythonRuntime
import Tasks

/// The one interpreter of an exit test's process, and what its tasks answered.
///
/// Production runs one task in a process; these tests run several, which is fine as long as they ask nothing about
/// isolation.
struct Harness {
    let interpreter: Interpreter

    static let openPolicy = TaskPolicy(
        standardLibraryAllow: ["@safe"],
        externalAllow: [],
        builtinsDeny: TaskPolicy.defaultBuiltinsDeny
    )

    init(interpreter: Interpreter) {
        self.interpreter = interpreter
    }

    init(policy: TaskPolicy = Harness.openPolicy) throws {
        let configuration = InterpreterConfiguration(
            installation: try PythonInstallation.locate(),
            allocator: Self.allocator
        )
        self.interpreter = try Interpreter.start(configuration)
        try self.interpreter.installPolicy(policy, configuration: configuration)
        try self.interpreter.freeze()
    }

    /// The allocator that `TRM_PYTHON_ALLOCATOR` names: `standard`, `debug` or `malloc`. No product reads that variable.
    static var allocator: InterpreterConfiguration.Allocator {
        guard let name = getenv("TRM_PYTHON_ALLOCATOR").map({ String(cString: $0) }) else { return .standard }
        guard let allocator = InterpreterConfiguration.Allocator(rawValue: name) else {
            fatalError("TRM_PYTHON_ALLOCATOR is \(name)")
        }
        return allocator
    }

    /// What became of one task.
    struct Answer {
        var items: String?
        var report: CheckReport?
        var failure: TaskFailure?
        var stdout: String
        var stderr: String
        var writes: Int
        var progress: [Int]
        var console: [String]
        var phases = TaskPhases()
    }

    private final class Recorder: TaskSink {
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        var writes = 0
        var progress: [Int] = []

        func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {
            self.writes += 1
            switch stream {
            case .stdout: self.stdout += text
            case .stderr: self.stderr += text
            }
        }

        var console: [String] = []

        func console(_ arguments: UnsafeRawBufferPointer) {
            self.console.append(String(decoding: arguments, as: UTF8.self))
        }

        func progress(done: Int, total: Int) {
            self.progress.append(done)
        }
    }

    /// Runs a task.
    func run(
        _ code: String,
        items: String = "[]",
        mode: TaskMode = .allItems,
        continueOnFail: Bool = false,
        outputLimit: Int = 64 << 20
    ) -> Answer {
        self.run(
            PythonTask(
                code: ArraySlice(code.utf8),
                items: TaskItems(ArraySlice(items.utf8)),
                mode: mode,
                continueOnFail: continueOnFail
            ),
            outputLimit: outputLimit
        )
    }

    func run(_ task: PythonTask, outputLimit: Int = 64 << 20) -> Answer {
        let recorder = Recorder()
        var phases = TaskPhases()
        var answer = Answer(stdout: "", stderr: "", writes: 0, progress: [], console: [])
        let result = self.interpreter.run(
            task,
            outputLimit: outputLimit,
            memoryLimit: nil,
            sink: recorder,
            phases: &phases
        )
        switch result {
        case .items(let buffer): answer.items = buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        case .checked(let report): answer.report = report
        case .failure(let failure): answer.failure = failure
        }
        answer.stdout = String(decoding: recorder.stdout, as: UTF8.self)
        answer.stderr = String(decoding: recorder.stderr, as: UTF8.self)
        answer.writes = recorder.writes
        answer.progress = recorder.progress
        answer.console = recorder.console
        answer.phases = phases
        return answer
    }

    /// Goes through the made-up task, as a worker does before it has a real one.
    func rehearse() {
        var phases = TaskPhases()
        _ = self.interpreter.rehearse(sink: Recorder(), phases: &phases)
    }

    /// Evaluates an expression and answers what it is as JSON.
    func value(_ expression: String, items: String = "[]") -> String {
        let answer = self.run("return {\"v\": \(expression)}", items: items)
        guard let items = answer.items else { return answer.failure?.message ?? "?" }
        // [{"json":{"v":…}}]
        return String(items.dropFirst("[{\"json\":{\"v\":".count).dropLast("}}]".count))
    }
}
