import Glibc
import Tasks
import TestSupport
import Testing
import Wire

@testable import WorkerPool

/// What a real worker does between its last frame and its end, with the test in the broker's place.
@Suite(.timeLimit(.minutes(10))) struct WorkerEndTests {
    /// The kinds of last frame, each by the task that brings it.
    enum Task: CaseIterable {
        case result
        /// More than the socket holds.
        case largeResult
        case failure
        case report
        case tooLarge
        case probe

        var bytes: [UInt8] {
            switch self {
            case .result: Self.frame("return [{'n': 1}]")
            case .largeResult: Self.frame("return [{'text': 'x' * 900_000}]")
            case .failure: Self.frame("raise ValueError('no')")
            case .report: Self.frame("return []", .check)
            case .tooLarge: Self.frame("#" + String(repeating: "x", count: ForkServerClient.limits.memory))
            case .probe: Self.frame("", .probe)
            }
        }

        func isLast(_ frame: WorkerFrame) -> Bool {
            switch (self, frame) {
            case (.result, .result), (.largeResult, .result), (.probe, .result), (.report, .report): true
            case (.failure, .failure(_, let failure)): failure.kind == .pythonError
            case (.tooLarge, .failure(_, let failure)): failure.kind == .memoryExceeded
            default: false
            }
        }

        private static func frame(_ code: String, _ purpose: TaskPurpose = .run) -> [UInt8] {
            TaskFrame.bytes(for: PythonTask(purpose: purpose, code: Array(code.utf8)[...]))
        }
    }

    init() { signal(SIGPIPE, SIG_IGN) }

    /// Runs a task up to its last frame.
    private func finish(_ task: Task, on worker: WorkerSocket) async throws {
        try await offloaded {
            guard case .ready? = try worker.nextFrame() else { throw Unexpected("a worker that is not ready") }
            try worker.write(task.bytes)
            guard case .started? = try worker.nextFrame() else { throw Unexpected("a task that does not start") }
            let last = try worker.nextFrame()
            guard last.map({ task.isLast($0) }) == true else { throw Unexpected(last.map { "\($0)" } ?? "the end") }
        }
    }

    private struct Unexpected: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    @Test(arguments: Task.allCases)
    func afterItsLastFrameAWorkerReadsAndDropsUntilTheSocketEnds(task: Task) async throws {
        let server = try await ForkServerClient.start()
        let worker = try server.fork()
        try await self.finish(task, on: worker)
        // More than the socket holds, so that all of it can be written only if it is read; a worker that has ended answers
        // with EPIPE. The task in front would send `started` if it ran.
        try await offloaded {
            try worker.write(Task.result.bytes + [UInt8](repeating: 0xFF, count: 4 << 20))
            worker.closeForWriting()
        }
        let exit = try await server.exit(of: worker.id)
        #expect(exit.signal == 0)
        #expect(exit.status == 0)
        #expect(try worker.rest().isEmpty)
        await server.stop()
    }

    @Test(arguments: Task.allCases)
    func afterItsLastFrameAWorkerIsThereToBeKilled(task: Task) async throws {
        let server = try await ForkServerClient.start()
        let worker = try server.fork()
        try await self.finish(task, on: worker)
        try await server.kill(worker.id)
        #expect(try await server.exit(of: worker.id).signal == SIGKILL)
        #expect(try worker.rest().isEmpty)
        await server.stop()
    }

    /// The socket stays open all the while: the end of the fork server alone is what ends its workers.
    @Test func aWorkerDoesNotOutliveItsForkServer() async throws {
        let server = try await ForkServerClient.start()
        let finished = try server.fork()
        try await self.finish(.result, on: finished)
        let warm = try server.fork()
        try await offloaded {
            guard case .ready? = try warm.nextFrame() else { throw Unexpected("a worker that is not ready") }
        }
        let deaf = try server.fork()
        let code = """
            import signal
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            print('deaf')
            while True:
                try:
                    while True: pass
                except BaseException: pass
            """
        try await offloaded {
            _ = try deaf.nextFrame()
            try deaf.write(TaskFrame.bytes(for: PythonTask(code: Array(code.utf8)[...])))
            _ = try deaf.nextFrame()
            guard case .log? = try deaf.nextFrame() else { throw Unexpected("a task that prints nothing") }
        }
        // The control: all three are there.
        for worker in [finished, warm, deaf] { #expect(try !worker.isReadable(within: .zero)) }
        await server.stop()
        for worker in [finished, warm, deaf] {
            #expect(try worker.isReadable(within: .seconds(120)))
            #expect(try worker.rest().isEmpty)
        }
    }
}
