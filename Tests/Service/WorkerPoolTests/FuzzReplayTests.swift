import Foundation
import Tasks
import TestSupport
import Testing
import Wire

/// Replays the corpora of the fuzz targets for what a worker and a fork server send, and changes them at random. The checks
/// are those of the fuzz targets (links to `Tests/Fuzzing`): they trap when a promise is broken.
@Suite struct FuzzReplayTests {
    private static func corpus(_ target: String) throws -> [[UInt8]] {
        let folder = Programs.package + "/Tests/Fuzzing/Corpora/" + target
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
            Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)")))
        }
    }

    /// Changes, removes, repeats or inserts a few bytes.
    private static func changed(_ input: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = input
        for _ in 0...Int(generator.next() % 4) where !bytes.isEmpty {
            let index = Int(generator.next() % UInt64(bytes.count))
            switch generator.next() % 4 {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: generator.next())
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(contentsOf: bytes[index...].prefix(20), at: index)
            default: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: index)
            }
        }
        return bytes
    }

    private static let usage = ReportedUsage(cpu: .milliseconds(1), peakResidentBytes: 4096)

    /// Frames that are long to write by hand.
    private static var encoded: [[UInt8]] {
        let violation = PolicyViolation(rule: "import", construct: "os", line: 1, column: 1, message: "m", hint: "h")
        let violations = [violation]
        let failure = TaskFailure(.pythonError, message: "m", type: "E", traceback: "t", violations: violations)
        let report = CheckReport(violations: violations)
        let start = WorkerFrame.ready.encoded + WorkerFrame.started.encoded
        return [
            [0] + start + WorkerFrame.failure(Self.usage, failure).encoded,
            [2] + WorkerFrame.ready.encoded + WorkerFrame.report(Self.usage, report).encoded,
        ]
    }

    @Test func noBytesOfAWorkerBreakItsDecoderOrItsMachine() throws {
        let corpus = try Self.corpus("FuzzWorkerFrames") + Self.encoded
        #expect(corpus.count > 10)
        var generator = SeededGenerator(seed: 1)
        for input in corpus {
            WorkerFrameFuzz.check(input)
            for _ in 0..<100 { WorkerFrameFuzz.check(Self.changed(input, &generator)) }
        }
    }

    @Test func noBytesOfAForkServerBreakItsMessages() throws {
        let layer = SandboxLayer(name: "seccomp", isActive: true, detail: "d")
        let events: [ControlEvent] = [
            .ready(ForkServerReport(pythonVersion: "3.11", layers: [layer], warnings: ["w"])),
            .failed(ForkServerFailure(reason: .sandbox, message: "m")),
        ]
        let policy = TaskPolicy(standardLibraryAllow: ["json"], externalAllow: [], builtinsDeny: ["eval"])
        let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1000, log: 10)
        let request = ControlRequest.configure(WorkerConfiguration(policy: policy, limits: limits))
        let corpus = try Self.corpus("FuzzControlMessages") + events.map(\.encoded) + [request.encoded]
        #expect(corpus.count > 5)
        var generator = SeededGenerator(seed: 2)
        for input in corpus {
            ControlMessageFuzz.check(input)
            for _ in 0..<300 { ControlMessageFuzz.check(Self.changed(input, &generator)) }
        }
    }
}
