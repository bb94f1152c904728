import Tasks
import TestSupport
import Testing

@testable import Wire

@Suite struct WorkerFrameDecoderTests {
    static let usage = ReportedUsage(
        cpu: .milliseconds(12),
        peakResidentBytes: 34_567,
        phases: TaskPhases(decode: .microseconds(1), run: .microseconds(20), encode: .nanoseconds(3))
    )
    static let failure = TaskFailure(
        .pythonError,
        message: "KeyError: 'näme'",
        type: "KeyError",
        line: 3,
        column: 7,
        sourceLine: "    x[\"näme\"]",
        traceback: "Traceback…",
        itemIndex: 2,
        hint: "look again",
        exceptionDescription: "what the author wrote",
        violations: [PolicyViolation(rule: "import", construct: "import os", line: 1, column: 1, message: "no")]
    )
    static let report = CheckReport(
        violations: Self.failure.violations,
        hints: [CodeHint(line: 1, column: 2, construct: "_input", message: "use _items")]
    )
    static let frames: [WorkerFrame] = [
        .ready, .started, .log(.stdout, "hällo\n"), .log(.stderr, ""), .console(Array("[\"a\"]".utf8)[...]),
        .progress(done: 3, total: 10), .imported(["scipy.stats", "näme.x"]), .imported([]),
        .result(Self.usage, Array("[{\"json\":{}}]".utf8)[...]), .report(Self.usage, Self.report),
        .failure(Self.usage, Self.failure),
    ]

    /// Frames compared by their bytes, which are the whole of them.
    private func decode(_ bytes: [UInt8], chunk: Int, outputLimit: Int = 1000) throws -> [[UInt8]] {
        var decoder = WorkerFrameDecoder(outputLimit: outputLimit)
        return try decoder.decodeAll(bytes, chunk: chunk).map(\.encoded)
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 64, 100_000])
    func framesComeOutAsTheyWentInHoweverTheyAreCutUp(chunk: Int) throws {
        let encoded = Self.frames.map(\.encoded)
        #expect(try self.decode(encoded.flatMap { $0 }, chunk: chunk) == encoded)
    }

    @Test func everyFieldOfAFailureSurvives() throws {
        var decoder = WorkerFrameDecoder(outputLimit: 0)
        let frames = try decoder.decodeAll(WorkerFrame.failure(Self.usage, Self.failure).encoded, chunk: 11)
        guard case .failure(Self.usage, let failure)? = frames.first else {
            Issue.record("no failure came out")
            return
        }
        #expect(failure == Self.failure)
    }

    /// The largest frame of imports is below its limit, and names beyond that are left out.
    @Test func importsThatExceedTheFrameAreLeftOut() throws {
        let longest = String(repeating: "x", count: WorkerFrame.maximumImportName)
        let names = [longest + "x"] + Array(repeating: longest, count: WorkerFrame.maximumImports + 1)
        var decoder = WorkerFrameDecoder(outputLimit: 0)
        let frames = try decoder.decodeAll(WorkerFrame.imported(names).encoded, chunk: 11)
        guard case .imported(let arrived)? = frames.first else {
            Issue.record("no imports came out")
            return
        }
        #expect(arrived == Array(repeating: longest, count: WorkerFrame.maximumImports))
    }

    @Test func textsOfAnyLengthArriveCutToWhatAFrameHolds() throws {
        // Characters of three bytes, so that a cut in the middle of one would be found out.
        let long = String(repeating: "€", count: 400_000)
        let violation = PolicyViolation(rule: long, construct: long, line: 1, column: 1, message: long, hint: long)
        let hint = CodeHint(line: 1, column: 1, construct: long, message: long)
        let failure = TaskFailure(
            .syntaxError,
            message: long,
            type: long,
            line: 7,
            sourceLine: long,
            traceback: long,
            hint: long,
            violations: Array(repeating: violation, count: 2000)
        )
        let report = CheckReport(violations: failure.violations, hints: Array(repeating: hint, count: 2000))
        for frame in [WorkerFrame.failure(Self.usage, failure), .report(Self.usage, report)] {
            let bytes = frame.encoded
            #expect(bytes.count <= FrameHeader.size + WorkerFrame.maximumReport)
            var decoder = WorkerFrameDecoder(outputLimit: 0)
            switch try decoder.decodeAll(bytes, chunk: 65_536).first {
            case .failure(_, let arrived):
                #expect(arrived.kind == .syntaxError)
                #expect(arrived.line == 7)
                #expect(arrived.message.hasPrefix("€€€") && arrived.message.hasSuffix("€ [cut]"))
                #expect(arrived.violations.count > 10)
            case .report(_, let arrived):
                #expect(arrived.violations.count > 10)
                #expect(arrived.hints.count > 10)
            default:
                Issue.record("neither a failure nor a report came out")
            }
        }
        // The control: what fits is not touched, and all findings that a report may list fit when they are short.
        let short = CheckReport(
            violations: Array(repeating: Self.failure.violations[0], count: WorkerFrame.maximumFindings),
            hints: Array(repeating: Self.report.hints[0], count: WorkerFrame.maximumFindings)
        )
        var decoder = WorkerFrameDecoder(outputLimit: 0)
        let frames = try decoder.decodeAll(WorkerFrame.report(Self.usage, short).encoded, chunk: 65_536)
        guard case .report(_, short)? = frames.first else {
            Issue.record("the report was changed")
            return
        }
    }

    @Test func aResultAtTheLimitPassesAndOneByteMoreIsRefusedBeforeItArrives() throws {
        let atLimit = WorkerFrame.result(Self.usage, [UInt8](repeating: 0x20, count: 1000)[...]).encoded
        #expect(try self.decode(atLimit, chunk: 50).count == 1)
        let header = WorkerFrame.resultHead(Self.usage, count: 1001).prefix(FrameHeader.size)
        let error = #expect(throws: WireError.self) { try self.decode(Array(header), chunk: 8) }
        #expect(error?.isOversizedResult == true)
    }

    @Test(arguments: [
        ([99, 0, 0, 0, 3, 0, 0, 1] as [UInt8], WireError.malformedHeader),
        ([0, 0, 0, 0, 77, 0, 0, 0], .unknownKind(77)),
        ([1, 0, 0, 0, 1, 0, 0, 0], .oversized(kind: 1, length: 1, limit: 0)),
        ([0, 0, 0, 0, 3, 0, 0, 0], .truncated),
        ([2, 0, 0, 0, 3, 0, 0, 0, 9, 65], .invalidField("stream")),
        ([2, 0, 0, 0, 3, 0, 0, 0, 1, 0xFF], .invalidText),
        ([255, 255, 255, 255, 3, 0, 0, 0], .oversized(kind: 3, length: 4_294_967_295, limit: 65_537)),
    ])
    func whatIsNotAFrameIsRefused(bytes: [UInt8], expected: WireError) {
        #expect(throws: expected) { try self.decode(bytes, chunk: 3) }
    }

    @Test func aCountThatIsNegativeIsRefused() {
        var bytes = WorkerFrame.progress(done: 0, total: 0).encoded
        bytes[15] = 0x80
        #expect(throws: WireError.invalidField("done")) { try self.decode(bytes, chunk: 100) }
    }

    @Test func bytesAfterTheLastFieldAreRefused() {
        var bytes = WorkerFrame.failure(Self.usage, TaskFailure(.pythonError, message: "x")).encoded
        bytes.append(0)
        bytes[0] += 1
        #expect(throws: WireError.trailingBytes(1)) { try self.decode(bytes, chunk: 100) }
    }

    @Test func whatFollowsAStoppedFrameIsTextUpToItsBound() throws {
        var decoder = WorkerFrameDecoder(outputLimit: 0)
        let flood = [UInt8](repeating: 0x61, count: WorkerFrameDecoder.maximumTrace)
        let stream = WorkerFrame.stoppedHeader + Array("Stack".utf8) + flood
        #expect(try decoder.decodeAll(stream, chunk: 10).count == 1)
        #expect(decoder.stackText?.hasPrefix("Stackaaa") == true)
        #expect(decoder.stackText?.utf8.count == WorkerFrameDecoder.maximumTrace)
    }

    @Test func damagedStreamsNeverTrapAndNeverYieldMoreThanWentIn() {
        var generator = SeededGenerator(seed: 42)
        var refused = 0
        let original = Self.frames.flatMap(\.encoded)
        for _ in 0..<3000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if (try? self.decode(bytes, chunk: Int.random(in: 1...50, using: &generator))) == nil { refused += 1 }
        }
        #expect(refused > 1000)
    }
}

extension WorkerFrameDecoder {
    fileprivate mutating func decodeAll(_ bytes: [UInt8], chunk: Int) throws -> [WorkerFrame] {
        var frames: [WorkerFrame] = []
        try bytes.withUnsafeBytes { whole in
            for start in stride(from: 0, to: whole.count, by: chunk) {
                var part = whole[start..<min(start + chunk, whole.count)]
                while let frame = try self.next(from: &part) {
                    frames.append(frame)
                }
                #expect(part.isEmpty)
            }
        }
        return frames
    }
}
