import Tasks
import Testing

@testable import Wire

@Suite struct ControlMessageTests {
    static let configuration = WorkerConfiguration(
        policy: TaskPolicy(standardLibraryAllow: ["@safe", "os"], externalAllow: ["pandas"], builtinsDeny: ["eval"]),
        limits: TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1 << 26, log: 1 << 20),
        sitePackages: ["/srv/packages"],
        preload: .modules(["json"]),
        sandbox: .strict,
        identity: WorkerIdentity(uid: 64999, gid: 64998),
        timeZone: "Europe/Berlin"
    )

    @Test(arguments: [
        ControlRequest.configure(Self.configuration), .fork(worker: .max), .measure(rounds: 300),
        .configure(
            WorkerConfiguration(
                policy: TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: []),
                limits: TaskLimits(memory: 0, cpu: .zero, output: 0, log: 0)
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
        .forked(worker: 7, pid: 123),
        .measured(
            FloorReport(bareFork: .microseconds(500), confinedTask: .microseconds(1500), pairedTask: .nanoseconds(7))
        ),
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
        let request = TaskRequest(
            code: Array("return _items".utf8)[...],
            items: Array("[{}]".utf8)[...],
            mode: .eachItem,
            continueOnFail: true,
            dialect: .n8n,
            query: Array("{}".utf8)[...]
        )
        let bytes = TaskFrame.bytes(for: request)
        #expect(bytes.starts(with: TaskFrame.head(for: request)))
        let frame = try TaskFrame(bytes: bytes)
        for count in [0, FrameHeader.size - 1, bytes.count - 1] {
            #expect(throws: WireError.truncated) { try TaskFrame(bytes: Array(bytes.prefix(count))) }
        }
        #expect(throws: WireError.truncated) { try TaskFrame(bytes: bytes + [0]) }
        #expect(Array(frame.code) == Array(request.code))
        #expect(Array(frame.items) == Array(request.items))
        #expect(frame.query.map { Array($0) } == Array("{}".utf8))
        #expect(frame.dialect == .n8n)
        #expect((frame.purpose, frame.mode) == (.run, .eachItem))
        #expect(frame.continueOnFail)
    }
}
