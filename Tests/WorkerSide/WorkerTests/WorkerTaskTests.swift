import Linux
import Tasks
import Testing
import Wire

@testable import Worker

/// What a worker does with what arrives on its socket, as a broker sees it.
@Suite struct WorkerTaskTests {
    @Test func aTaskIsReportedStartedAndAnswered() async {
        await #expect(processExitsWith: .success) {
            let worker = try TestWorker()
            try worker.send("print('x')\nreturn {'n': 1}")
            let frames = try worker.answer()
            guard case .started = try #require(frames.first) else {
                Issue.record("\(frames)")
                return
            }
            #expect(frames.prints == ["x\n"])
            #expect(frames.result == #"[{"json":{"n":1}}]"#)
            // It waits to be killed, and ends by itself when the broker closes the socket instead.
            #expect(try worker.end() == .exited(WorkerExitStatus.done))
        }
    }

    @Test func aClosedSocketBeforeTheTaskIsAQuietEnd() async {
        await #expect(processExitsWith: .success) {
            let worker = try TestWorker()
            #expect(try worker.end() == .exited(WorkerExitStatus.done))
        }
    }

    @Test(arguments: [
        // A frame of another kind, a purpose that does not exist, a payload that ends early, a header that is not one.
        FrameHeader(kind: 9, length: 0).bytes,
        FrameHeader(kind: 1, length: 13).bytes + [9] + [UInt8](repeating: 0, count: 12),
        FrameHeader(kind: 1, length: 20).bytes + [0, 0, 0, 0, 255, 0, 0, 0] + [UInt8](repeating: 0, count: 12),
        [0, 0, 0, 0, 1, 1, 1, 1],
    ])
    func bytesThatAreNotATaskEndTheWorker(bytes: [UInt8]) async {
        await #expect(processExitsWith: .success) { [bytes] in
            let worker = try TestWorker()
            try DescriptorIO.writeFully(bytes, to: worker.socket)
            #expect(try worker.frames { _ in false }.isEmpty)
            #expect(try worker.end() == .exited(WorkerExitStatus.notATask))
        }
    }

    /// The room is the memory limit: a task of exactly that size runs.
    @Test(arguments: [(0, true), (1, false)])
    func aTaskLargerThanItsMemoryIsRefusedAndSaysWhy(excess: Int, runs: Bool) async {
        await #expect(processExitsWith: .success) { [excess, runs] in
            let task = PythonTask(code: ArraySlice("return None".utf8), items: TaskItems(ArraySlice("[]".utf8)))
            var limits = TestWorker.limits
            limits.memory = TaskFrame.bytes(for: task).count - FrameHeader.size - excess
            let worker = try TestWorker(limits: limits)
            try worker.send(task)
            let frames = try worker.answer()
            if runs {
                #expect(frames.result == "[]")
            } else {
                #expect(frames.failure?.kind == .memoryExceeded)
                #expect(frames.failure?.message.contains("TERRARIUM_MEMORY_LIMIT") == true)
            }
            #expect(try worker.end() == .exited(WorkerExitStatus.done))
        }
    }

    @Test func aBrokerThatIsGoneEndsTheWorkerAtItsNextFrame() async {
        await #expect(processExitsWith: .success) {
            let worker = try TestWorker()
            try worker.send("while True: print('x' * 1000)")
            _ = try worker.frames { if case .log = $0 { true } else { false } }
            #expect(try worker.end() == .exited(WorkerExitStatus.brokerGone))
        }
    }

    @Test func aCheckReportsAndRunsNothing() async {
        await #expect(processExitsWith: .success) {
            let worker = try TestWorker()
            try worker.send(PythonTask(purpose: .check, code: ArraySlice("print('ran')\nimport socket".utf8)))
            let frames = try worker.answer()
            guard case .report(_, let report) = try #require(frames.last) else {
                Issue.record("\(frames)")
                return
            }
            #expect(report.violations.map(\.line) == [2])
            #expect(frames.prints.isEmpty)
            _ = try worker.end()
        }
    }
}
