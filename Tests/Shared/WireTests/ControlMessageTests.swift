import Tasks
import Testing

@testable import Wire

@Suite struct ControlMessageTests {
    static let configuration: WorkerConfiguration = {
        var configuration = Self.withoutLearnedModules
        configuration.learnedModules = ["scipy.stats"]
        return configuration
    }()
    private static let withoutLearnedModules = WorkerConfiguration(
        policy: TaskPolicy(
            standardLibraryAllow: ["@safe", "os"],
            externalAllow: ["pandas"],
            builtinsDeny: ["eval"],
            variables: PolicyVariables(externalAllow: "N8N_X")
        ),
        limits: TaskLimits(memory: 1 << 28, memoryCeiling: 1 << 30, cpu: .seconds(60), output: 1 << 26, log: 1 << 20),
        sitePackages: ["/srv/packages"],
        preload: .modules(["json"]),
        notPreloaded: ["polars"],
        temporaryFolder: 64 << 20,
        sandbox: .strict,
        identity: WorkerIdentity(uid: 64999, gid: 64998),
        timeZone: "Europe/Berlin"
    )

    @Test(arguments: [
        ControlRequest.configure(Self.configuration), .fork(worker: .max),
        .configure(
            WorkerConfiguration(
                policy: TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: []),
                limits: TaskLimits(memory: 0, cpu: .zero, output: 0, log: 0),
                preload: .automaticAnd(["scipy.stats"])
            )
        ),
    ])
    func requestsComeOutAsTheyWentIn(request: ControlRequest) throws {
        #expect(try ControlRequest(decoding: request.encoded) == request)
    }

    @Test(arguments: [
        ControlEvent.ready(
            ForkServerReport(
                pythonVersion: "3.11.2",
                layers: [SandboxLayer(name: "seccomp", isActive: true, detail: "x")],
                warnings: ["w"]
            )
        ),
        .failed(ForkServerFailure(reason: .sandbox, message: "no")),
        .preloadStartsThreads(["polars", "pandas"]),
        .forked(worker: 7, pid: 123),
        .forkFailed(worker: 7, errno: 11),
        .exited(
            worker: 7,
            WorkerExit(status: 0, signal: 9, usage: ReportedUsage(cpu: .seconds(1), peakResidentBytes: 5))
        ),
    ])
    func eventsComeOutAsTheyWentIn(event: ControlEvent) throws {
        #expect(try ControlEvent(decoding: event.encoded) == event)
    }

    @Test func everyProperPrefixIsRefused() {
        let bytes = ControlRequest.configure(Self.configuration).encoded
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try ControlRequest(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: WireError.trailingBytes(1)) { try ControlRequest(decoding: bytes + [0]) }
    }

    @Test func anotherBuildsProtocolIsRefused() {
        var bytes = ControlRequest.configure(Self.configuration).encoded
        bytes[1] += 1
        #expect(throws: WireError.invalidField("protocol version \(bytes[1])")) {
            try ControlRequest(decoding: bytes)
        }
    }

    @Test func aTaskIsSplitWhereItsHeadSays() throws {
        let task = PythonTask(
            code: Array("return _items".utf8)[...],
            items: TaskItems(Array("[{}]".utf8)[...]),
            mode: .eachItem,
            continueOnFail: true,
            dialect: .n8n,
            query: Array("{}".utf8)[...]
        )
        let bytes = TaskFrame.bytes(for: task)
        #expect(bytes.starts(with: TaskFrame.head(for: task, items: task.items.bytes)))
        let frame = try TaskFrame.task(bytes)
        for count in [0, FrameHeader.size - 1, bytes.count - 1] {
            #expect(throws: WireError.truncated) { try TaskFrame.task(Array(bytes.prefix(count))) }
        }
        #expect(throws: WireError.truncated) { try TaskFrame.task(bytes + [0]) }
        #expect(Array(frame.code) == Array(task.code))
        #expect(Array(frame.items.bytes) == Array(task.items.bytes))
        #expect(frame.query.map { Array($0) } == Array("{}".utf8))
        #expect(frame.dialect == .n8n)
        #expect((frame.purpose, frame.mode) == (.run, .eachItem))
        #expect(frame.continueOnFail)
    }
}
