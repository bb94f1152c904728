import PythonPolicy
import PythonRuntime
import Tasks

/// What could not be measured.
struct BenchmarkFailure: Error {
    var reason: String
}

/// The interpreter as a worker has it, of which there is one in a process.
enum PythonStart {
    static func interpreter() throws -> Interpreter {
        let configuration = InterpreterConfiguration(installation: try PythonInstallation.locate(), hashSeed: 1)
        let interpreter = try Interpreter.start(configuration)
        try interpreter.installPolicy(
            TaskPolicy(
                standardLibraryAllow: ["@safe"],
                externalAllow: [],
                builtinsDeny: TaskPolicy.defaultBuiltinsDeny
            ),
            configuration: configuration
        )
        try interpreter.freeze()
        return interpreter
    }
}
