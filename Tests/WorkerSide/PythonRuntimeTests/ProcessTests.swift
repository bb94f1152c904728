import CPython
import Glibc
import PythonPolicy
import PythonRuntime
import Tasks
import Testing

/// What a worker process relies on: forks, memory limits, and a stack that can be dumped from a signal handler.
@Suite struct ProcessTests {
    @Test func childrenDrawDifferentRandomNumbers() async {
        await #expect(processExitsWith: .success) {
            let configuration = InterpreterConfiguration(installation: try PythonInstallation.locate())
            let interpreter = try Interpreter.start(configuration)
            #expect(interpreter.preload(["random", "no_such_module"]).map(\.module) == ["no_such_module"])
            try interpreter.installPolicy(Harness.openPolicy, configuration: configuration)
            try interpreter.freeze()
            let python = Harness(interpreter: interpreter)
            var drawn: Set<[UInt8]> = []
            // The control: without the hook, children would all draw what the parent would.
            for reseeds in [true, true, false, false] {
                drawn.insert(
                    try Self.inChild(of: interpreter, reseeds: reseeds) {
                        python.run("import random\nreturn {'v': random.random()}").items ?? ""
                    }
                )
            }
            #expect(drawn.count == 3)
        }
    }

    /// Forks, runs `body` in the child, and answers what it says.
    private static func inChild(of interpreter: Interpreter, reseeds: Bool, _ body: () -> String) throws -> [UInt8] {
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        interpreter.prepareFork()
        let child = fork()
        if child == 0 {
            if reseeds { try? interpreter.resumeChildAfterFork() }
            let text = Array(body().utf8)
            _ = write(ends[1], text, text.count)
            _exit(0)
        }
        interpreter.resumeParentAfterFork()
        close(ends[1])
        defer { close(ends[0]) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 { answer += buffer[..<count] }
        var status: CInt = 0
        waitpid(child, &status, 0)
        #expect(status == 0)
        #expect(!answer.isEmpty)
        return answer
    }

    @Test func startsInsideAnEmptyEnvironmentWithOneThread() async {
        await #expect(processExitsWith: .success) {
            setenv("PYTHONPATH", "/nonexistent", 1)
            setenv("PYTHONHOME", "/nonexistent", 1)
            setenv("PYTHONSTARTUP", "/nonexistent", 1)
            let policy = TaskPolicy(standardLibraryAllow: ["*"], externalAllow: [], builtinsDeny: [])
            let python = try Harness(policy: policy)
            let answer = python.run(
                """
                import sys, threading
                assert "/nonexistent" not in sys.path, sys.path
                assert "site" not in sys.modules
                assert sys.flags.isolated and sys.flags.utf8_mode and sys.dont_write_bytecode
                assert sys.stdin is None
                return {"v": list(sys.version_info[:2]), "t": threading.active_count()}
                """
            )
            let version = PythonInstallation.version.split(separator: ".").prefix(2).joined(separator: ",")
            #expect(answer.items == "[{\"json\":{\"v\":[\(version)],\"t\":1}}]", "\(answer.failure?.message ?? "")")
        }
    }

    @Test(
        .disabled(if: getenv("ASAN_OPTIONS") != nil, "AddressSanitizer itself needs the memory that the limit denies")
    )
    func runningOutOfMemoryIsAnOutcome() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            python.rehearse()
            let items = "[" + Array(repeating: "{\"a\":[{},{},{},{}]}", count: 200_000).joined(separator: ",") + "]"
            // What the process has, and 64 MB more.
            var limit = rlimit()
            limit.rlim_cur = Self.dataSize() + 64 << 20
            limit.rlim_max = limit.rlim_cur
            #expect(setrlimit(__rlimit_resource_t(UInt32(RLIMIT_DATA.rawValue)), &limit) == 0)
            let slow = python.run("x = []\nwhile True:\n    x.append('y' * 1000 + str(len(x)))")
            #expect(slow.failure?.kind == .memoryExceeded)
            #expect(slow.failure?.line == 3)
            #expect(slow.failure?.traceback?.contains("line 3, in <module>") == true)
            let atOnce = python.run("print('before')\nx = 'y' * (1 << 30)")
            #expect(atOnce.failure?.kind == .memoryExceeded)
            #expect(atOnce.stdout == "before\n")
            let result = python.run("return {'x': ['abc' * 100] * 1000000}", outputLimit: 1 << 30)
            #expect(result.failure?.kind == .memoryExceeded)
            #expect(python.run("return None", items: items).failure?.kind == .memoryExceeded)
        }
    }

    /// Bytes of private writable memory, as RLIMIT_DATA counts them.
    private static func dataSize() -> rlim_t {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("VmData:") {
                return (rlim_t(text.split(whereSeparator: { !$0.isNumber }).first ?? "0") ?? 0) * 1024
            }
        }
        return 0
    }

    /// What `make asan` and the runs with Python's own memory checks rely on.
    @Test(arguments: [("standard", "pymalloc"), ("debug", "pymalloc_debug"), ("malloc", "malloc")])
    func objectsComeFromTheAllocatorThatIsAskedFor(name: String, expected: String) async {
        await #expect(processExitsWith: .success) { [name, expected] in
            setenv("TRM_PYTHON_ALLOCATOR", name, 1)
            let python = try Harness()
            #expect(String(cString: try #require(CPython_allocatorName())) == expected)
            #expect(python.value("[str(n) for n in range(2)]") == #"["0","1"]"#)
        }
    }

    // Set before the signal is raised, read in its handler only.
    nonisolated(unsafe) private static var dumper: (dump: Interpreter.StackDumper, context: UnsafeMutableRawPointer)?
    nonisolated(unsafe) private static var dumpEnd: CInt = -1

    /// Passes prints on to a descriptor.
    private final class DescriptorSink: TaskSink {
        private let descriptor: CInt
        init(_ descriptor: CInt) { self.descriptor = descriptor }
        func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {
            _ = write(self.descriptor, text.baseAddress, text.count)
        }
        func progress(done: Int, total: Int) {}
    }

    @Test func aSignalHandlerCanTellWhereATaskIs() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            var ends: [CInt] = [0, 0]
            #expect(pipe(&ends) == 0)
            Self.dumper = python.interpreter.stackDumper
            Self.dumpEnd = ends[1]
            let child = fork()
            if child == 0 {
                // The test runs on a thread of a pool, where signals are blocked.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_UNBLOCK, &all, nil)
                signal(SIGUSR1) { _ in
                    if let dumper = Self.dumper { dumper.dump(Self.dumpEnd, dumper.context) }
                    _exit(0)
                }
                let code = """
                    def spin(n):
                        print(".", end="")
                        while True:
                            try:
                                n += 1
                            except BaseException: pass

                    spin(1)
                    """
                var phases = TaskPhases()
                _ = python.interpreter.run(
                    PythonTask(code: ArraySlice(code.utf8)),
                    outputLimit: 1024,
                    memoryLimit: nil,
                    sink: DescriptorSink(ends[1]),
                    phases: &phases
                )
                _exit(1)
            }
            close(ends[1])
            var buffer = [UInt8](repeating: 0, count: 4096)
            // The print: from then on every moment is one of the function.
            #expect(read(ends[0], &buffer, 1) == 1)
            kill(child, SIGUSR1)
            var text: [UInt8] = []
            while case let count = read(ends[0], &buffer, buffer.count), count > 0 { text += buffer[..<count] }
            var status: CInt = 0
            waitpid(child, &status, 0)
            #expect(status == 0)
            let dump = String(decoding: text, as: UTF8.self)
            #expect((2...6).contains { dump.contains("File \"<task>\", line \($0) in spin") }, "\(dump)")
            #expect(dump.contains("File \"<task>\", line 8 in <module>"), "\(dump)")
        }
    }
}
