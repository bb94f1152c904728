import CPython
import Glibc
import PythonPolicy
import PythonRuntime
import Tasks

/// Runs cases of the escape and honesty suites as a worker would: one interpreter with the policy under test, then one
/// forked process for every case, through the same entry point as production.
///
/// A real module shows a sentinel function that no task can reach by what it is allowed to import. A case that calls it
/// has escaped; the flag is read outside of Python.
@main
enum PolicyDriver {
    /// Set by the sentinel function in a case's process.
    nonisolated(unsafe) static var sentinelFired = false

    static func main() throws {
        let options = Options(CommandLine.arguments.dropFirst())
        let configuration = InterpreterConfiguration(
            installation: try PythonInstallation.locate(),
            sitePackages: options.lists["site"] ?? [],
            temporaryFolders: options.lists["temporary"] ?? [],
            hashSeed: 1,
            allocator: Self.allocator
        )
        let interpreter = try Interpreter.start(configuration)
        for failure in interpreter.preload(options.lists["preload"] ?? []) {
            print("preload failed: \(failure.module): \(failure.reason)")
        }
        try interpreter.installPolicy(
            TaskPolicy(
                standardLibraryAllow: options.lists["stdlib"] ?? [],
                externalAllow: options.lists["external"] ?? [],
                builtinsDeny: options.lists["deny"] ?? []
            ),
            configuration: configuration
        )
        plantSentinels(except: options.lists["external"] ?? [])
        try interpreter.freeze()
        var input = Input()
        let timeout = options.lists["timeout"]?.first.flatMap(UInt32.init) ?? 20
        while let job = input.next() {
            Self.run(job, interpreter, timeout: timeout)
        }
        _exit(0)
    }

    /// The allocator that `TRM_PYTHON_ALLOCATOR` names: `standard`, `debug` or `malloc`. No product reads that variable.
    private static var allocator: InterpreterConfiguration.Allocator {
        guard let name = getenv("TRM_PYTHON_ALLOCATOR").map({ String(cString: $0) }) else { return .standard }
        guard let allocator = InterpreterConfiguration.Allocator(rawValue: name) else {
            fatalError("TRM_PYTHON_ALLOCATOR is \(name)")
        }
        return allocator
    }

    private static func run(_ job: Case, _ interpreter: Interpreter, timeout: UInt32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { fatalError("pipe: \(errno)") }
        interpreter.prepareFork()
        let child = fork()
        if child == 0 {
            close(ends[0])
            // A case that hangs ends like one that crashes. Processor time counts, so that a busy machine ends none; what
            // waits and uses none has ten times as long.
            var limit = itimerval()
            limit.it_value.tv_sec = Int(timeout)
            setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &limit, nil)
            alarm(timeout * 10)
            Self.runInChild(job, interpreter, ends[1])
        }
        interpreter.resumeParentAfterFork()
        close(ends[1])
        var report: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 {
            report.append(contentsOf: buffer[..<count])
        }
        close(ends[0])
        var status: Int32 = 0
        waitpid(child, &status, 0)
        if report.isEmpty { report = Array("\u{1F}0\u{1F}worker_died\u{1F}status \(status)\u{1F}".utf8) }
        Self.writeAll(Array(job.name.utf8) + report + Array("\u{1E}\n".utf8), to: 1)
    }

    private static func runInChild(_ job: Case, _ interpreter: Interpreter, _ output: Int32) -> Never {
        do {
            try interpreter.resumeChildAfterFork()
        } catch {
            _exit(1)
        }
        let sink = Sink()
        var phases = TaskPhases()
        let result = interpreter.run(
            PythonTask(
                purpose: job.mode.hasPrefix("check") ? .check : .run,
                code: ArraySlice(job.code),
                items: TaskItems(
                    ArraySlice(#"[{"json": {"n": 1, "name": "a"}}, {"json": {"n": 2, "name": "b"}}]"#.utf8)
                ),
                mode: job.mode.hasSuffix("each") ? .eachItem : .allItems
            ),
            outputLimit: 64 << 20,
            memoryLimit: nil,
            sink: sink,
            phases: &phases
        )
        var outcome = "succeeded"
        var message = ""
        var items = ""
        switch result {
        case .items(let buffer):
            items = buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        case .checked(let report):
            message = report.violations.map(Self.describe).joined(separator: "\n")
            items = report.hints.map { "\($0.line):\($0.column) \($0.construct): \($0.message)" }.joined(
                separator: "\n"
            )
        case .failure(let failure):
            outcome = failure.kind.name
            message =
                ([failure.message, failure.hint ?? "", failure.traceback ?? ""]
                + failure.violations.map(Self.describe)).joined(separator: "\n")
        }
        let text = "\u{1F}\(Self.sentinelFired ? 1 : 0)\u{1F}\(outcome)\u{1F}\(message)\u{1F}\(items)\u{1F}"
        Self.writeAll(Array(text.utf8) + sink.text, to: output)
        _exit(0)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func describe(_ violation: PolicyViolation) -> String {
        "\(violation.line):\(violation.column) \(violation.rule) \(violation.construct): \(violation.message)"
            + (violation.hint.map { " (\($0))" } ?? "")
    }

    // MARK: Cases

    struct Case {
        var name: String
        /// `all`, `each` or `check`.
        var mode: String
        var code: [UInt8]
    }

    /// Standard input: for every case a line `NAME MODE LENGTH` and that many bytes of code.
    struct Input {
        private var bytes: ArraySlice<UInt8>

        init() {
            var all: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(0, &buffer, buffer.count), count > 0 {
                all.append(contentsOf: buffer[..<count])
            }
            self.bytes = all[...]
        }

        mutating func next() -> Case? {
            guard let end = self.bytes.firstIndex(of: 0x0A) else { return nil }
            let parts = String(decoding: self.bytes[..<end], as: UTF8.self).split(separator: " ")
            guard parts.count == 3, let count = Int(parts[2]), self.bytes[(end + 1)...].count >= count else {
                fatalError("a malformed case")
            }
            let code = self.bytes[(end + 1)...].prefix(count)
            self.bytes = self.bytes[code.endIndex...]
            return Case(name: String(parts[0]), mode: String(parts[1]), code: Array(code))
        }
    }

    /// `--name a,b,c` pairs.
    struct Options {
        var lists: [String: [String]] = [:]

        init(_ arguments: ArraySlice<String>) {
            var name = ""
            for argument in arguments {
                if argument.hasPrefix("--") {
                    name = String(argument.dropFirst(2))
                } else {
                    self.lists[name] = argument.split(separator: ",").map(String.init)
                }
            }
        }
    }

    final class Sink: TaskSink {
        var text: [UInt8] = []

        func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {
            if self.text.count < 1 << 20 { self.text.append(contentsOf: text) }
        }

        func progress(done: Int, total: Int) {}
    }

    // MARK: Sentinel

    /// Puts a function that no task may reach into every real module that is not listed by the case itself: there it
    /// would show up in views.
    private static func plantSentinels(except external: [String]) {
        let definition = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
        definition.initialize(
            to: PyMethodDef(
                ml_name: UnsafePointer(strdup("_terrarium_sentinel")),
                ml_meth: { _, _ in
                    PolicyDriver.sentinelFired = true
                    return PyUnicode_FromString("escaped")
                },
                ml_flags: METH_VARARGS,
                ml_doc: nil
            )
        )
        guard let function = PyCMethod_New(definition, nil, nil, nil) else { fatalError("no sentinel") }
        var position: Py_ssize_t = 0
        var key: UnsafeMutablePointer<PyObject>?
        var module: UnsafeMutablePointer<PyObject>?
        // A module is only changed, not added: the walk stays valid.
        while PyDict_Next(PyImport_GetModuleDict(), &position, &key, &module) != 0 {
            guard let key, let module, CPython_Module_Check(module) != 0, let name = PyUnicode_AsUTF8(key),
                !external.contains(String(String(cString: name).prefix { $0 != "." }))
            else { continue }
            PyDict_SetItemString(PyModule_GetDict(module), "_terrarium_sentinel", function)
        }
    }
}
