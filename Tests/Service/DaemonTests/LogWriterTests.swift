import Foundation
import Glibc
import Linux
import Synchronization
import TestSupport
import Testing

@testable import Daemon

@Suite struct LogWriterTests {
    /// Waits for a writer, away from the threads that the readers of the pipes need. The limit only ends a test that hangs.
    private static func flush(_ writer: LogWriter) async throws -> Bool {
        try await offloaded { writer.flush(within: .seconds(600)) }
    }

    private static func writer(
        _ descriptor: CInt,
        queueLimit: Int = LogWriter.queueLimit,
        startThread: @escaping LogWriter.ThreadStart = LogWriter.startThread
    ) -> LogWriter {
        LogWriter(descriptor: descriptor, queueLimit: queueLimit, startThread: startThread) {
            Array("missing \($0)\n".utf8)
        }
    }

    /// A line of 100 bytes.
    private static func line(_ number: Int) -> [UInt8] {
        let text = "\(number) "
        return Array((text + String(repeating: "x", count: 99 - text.utf8.count) + "\n").utf8)
    }

    /// Walks a log of numbered lines and notices.
    ///
    /// - Returns: The number that would come next, if no line is missing without a notice in its place, and how many
    ///   notices there are.
    private static func walk(_ text: String) throws -> (next: Int, notices: Int) {
        var (next, notices) = (0, 0)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words[0] == "missing" {
                next += try #require(Int(words[1]))
                notices += 1
            } else {
                try #require(Int(words[0]) == next, "\(line) comes where \(next) should")
                next += 1
            }
        }
        return (next, notices)
    }

    @Test func callersGoOnWhileThePipeIsFullAndTheNoticeIsWhereTheLinesAreMissing() async throws {
        let pipe = try LogPipe()
        let writer = Self.writer(pipe.descriptor, queueLimit: 8192)
        // 200 KB, of which pipe and queue hold 20 KB at most: that this returns is the first claim.
        for number in 0..<2000 { writer.append(Self.line(number)) }
        #expect(writer.dropped > 0)
        async let text = pipe.readToEnd()
        #expect(try await Self.flush(writer))
        writer.append(Self.line(2000))
        #expect(try await Self.flush(writer))
        try pipe.writing.close()
        let (next, notices) = try Self.walk(try await text)
        #expect(next == 2001)
        #expect(notices >= 1)
    }

    @Test func aLogThatIsReadLosesNothing() async throws {
        let pipe = try LogPipe()
        let writer = Self.writer(pipe.descriptor)
        async let text = pipe.readToEnd()
        for number in 0..<5000 { writer.append(Self.line(number)) }
        #expect(try await Self.flush(writer))
        try pipe.writing.close()
        #expect(writer.dropped == 0)
        let (next, notices) = try Self.walk(try await text)
        #expect(next == 5000)
        #expect(notices == 0)
    }

    @Test func aDescriptorThatDoesNotBlockLosesNothingEither() async throws {
        let pipe = try LogPipe()
        #expect(fcntl(pipe.descriptor, F_SETFL, O_NONBLOCK) == 0)
        let writer = Self.writer(pipe.descriptor)
        for number in 0..<1000 { writer.append(Self.line(number)) }
        // The pipe is full, so that write(2) has returned EAGAIN or is about to.
        try await offloaded { while pipe.available < LogPipe.size - 100 { sched_yield() } }
        async let text = pipe.readToEnd()
        #expect(try await Self.flush(writer))
        try pipe.writing.close()
        #expect(writer.dropped == 0)
        #expect(try Self.walk(try await text).next == 1000)
    }

    @Test func aFlushEndsInTimeAndSaysWhetherAllIsWritten() async throws {
        let pipe = try LogPipe(filled: LogPipe.size)
        let writer = Self.writer(pipe.descriptor)
        writer.append(Self.line(0))
        #expect(!writer.flush(within: .milliseconds(50)))
        async let text = pipe.readToEnd()
        #expect(try await Self.flush(writer))
        try pipe.writing.close()
        #expect(try await text.hasSuffix(String(decoding: Self.line(0), as: UTF8.self)))
        #expect(writer.dropped == 0)
    }

    /// A pipe without a reader (EPIPE, and SIGPIPE), which then gets one.
    @Test func linesThatCannotBeWrittenAreCountedAndTheLogGoesOn() async throws {
        let (broken, sound) = (try LogPipe(), try LogPipe())
        try broken.reading.close()
        let writer = Self.writer(broken.descriptor)
        writer.append(Self.line(0))
        #expect(try await Self.flush(writer))
        #expect(writer.dropped == 1)
        #expect(dup2(sound.descriptor, broken.descriptor) == broken.descriptor)
        writer.append(Self.line(1))
        writer.append(Self.line(2))
        #expect(try await Self.flush(writer))
        #expect(writer.dropped == 1)
        try broken.writing.close()
        try sound.writing.close()
        let lines = try await sound.readToEnd().split(separator: "\n").map { $0.prefix { $0 != "x" } }
        // In one batch or in two.
        #expect([["1 ", "2 ", "missing 1"], ["1 ", "missing 1", "2 "]].contains(lines), "\(lines)")
    }

    @Test func aLineBehindATornOneBeginsOnItsOwn() async throws {
        let (broken, sound) = (try LogPipe(), try LogPipe())
        let writer = Self.writer(broken.descriptor)
        writer.append([UInt8](repeating: UInt8(ascii: "x"), count: 5000) + Array("\n".utf8))
        // The first piece is in the pipe, and the thread waits for room for the second.
        try await offloaded { while broken.available < LogPipe.size { sched_yield() } }
        try broken.reading.close()
        #expect(try await Self.flush(writer))
        #expect(writer.dropped == 1)
        #expect(dup2(sound.descriptor, broken.descriptor) == broken.descriptor)
        writer.append(Self.line(1))
        #expect(try await Self.flush(writer))
        try broken.writing.close()
        try sound.writing.close()
        let text = try await sound.readToEnd()
        #expect(text == "\n" + String(decoding: Self.line(1), as: UTF8.self) + "missing 1\n")
    }

    @Test func withoutAThreadLinesWaitUntilThereIsOne() async throws {
        let pipe = try LogPipe()
        let attempts = Atomic(0)
        let writer = Self.writer(pipe.descriptor) { body throws(SystemError) in
            guard attempts.wrappingAdd(1, ordering: .relaxed).newValue == 3 else {
                throw SystemError("pthread_create", EAGAIN)
            }
            try LogWriter.startThread(body)
        }
        writer.append(Self.line(0))
        writer.append(Self.line(1))
        #expect(pipe.available == 0)
        writer.append(Self.line(2))
        #expect(try await Self.flush(writer))
        try pipe.writing.close()
        #expect(try Self.walk(try await pipe.readToEnd()).next == 3)
        #expect(attempts.load(ordering: .relaxed) == 3)
    }

    @Test func withoutAThreadAFlushWritesAndDoesNotBlock() async throws {
        let failing: LogWriter.ThreadStart = { _ throws(SystemError) in throw SystemError("pthread_create", EAGAIN) }
        let pipe = try LogPipe()
        let writer = Self.writer(pipe.descriptor, startThread: failing)
        writer.append(Self.line(0))
        #expect(try await Self.flush(writer))
        #expect(writer.dropped == 0)
        #expect(pipe.available == 100)

        let full = try LogPipe(filled: LogPipe.size)
        let stuck = Self.writer(full.descriptor, startThread: failing)
        stuck.append(Self.line(0))
        stuck.append(Self.line(1))
        stuck.flush(within: .milliseconds(50))
        #expect(stuck.dropped == 2)
        #expect(full.available == LogPipe.size)
    }

    @Test func theThreadEndsAfterTheLastLineOnceTheWriterIsGone() async throws {
        let pipe = try LogPipe(filled: LogPipe.size)
        let gone = DispatchSemaphore(value: 0)
        var writer: LogWriter? = Self.writer(pipe.descriptor) { body throws(SystemError) in
            try LogWriter.startThread {
                body()
                gone.signal()
            }
        }
        writer?.append(Self.line(0))
        writer = nil
        #expect(gone.wait(timeout: .now()) == .timedOut)
        let text = try await pipe.read(upTo: "x")
        #expect(text.hasSuffix(String(decoding: Self.line(0), as: UTF8.self)))
        try await offloaded { gone.wait() }
    }
}
