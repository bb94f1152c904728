import Foundation
import Glibc
import Logging
import Settings
import Testing
import Text

@testable import Daemon

@Suite struct StandardErrorLogTests {
    private static let line = LogLine(
        time: timespec(tv_sec: 1_735_689_599, tv_nsec: 7_000_000),
        level: .warning,
        message: "worker\ndied",
        metadata: [("a", "plain"), ("b", "two words"), ("message", "clash\u{1B}")]
    )

    private func text(_ format: ServiceSettings.LogFormat, isJournal: Bool) -> String {
        String(decoding: LogLineFormat(format, isJournal: isJournal).bytes(Self.line), as: UTF8.self)
    }

    @Test func textIsOneLine() {
        #expect(
            self.text(.text, isJournal: false)
                == "2024-12-31T23:59:59.007Z warning worker\\u{a}died a=plain b=\"two words\" message=\"clash\\u001b\"\n"
        )
    }

    @Test func theJournalGetsAPriorityAndNoTime() {
        #expect(self.text(.text, isJournal: true).hasPrefix("<4>worker\\u{a}died a=plain"))
    }

    @Test func jsonIsOneFlatObject() throws {
        let text = self.text(.json, isJournal: false)
        #expect(text.hasSuffix("}\n"))
        #expect(text.dropLast().allSatisfy { $0 != "\n" })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
        #expect(object["time"] == "2024-12-31T23:59:59.007Z")
        #expect(object["level"] == "warning")
        #expect(object["message"] == "worker\ndied")
        #expect(object["b"] == "two words")
        #expect(object["message_"] == "clash\u{1B}")
    }

    @Test func numbersAreNumbersInJSONAndPlainInText() throws {
        let metadata: Logger.Metadata = [
            "count": .stringConvertible(7), "peer": .stringConvertible(UInt32.max), "text": "8",
            "wall_ms": .stringConvertible(LogNumber(milliseconds: .microseconds(1250))),
        ]
        let line = LogLine(level: .info, message: "m", metadata: metadata)
        let json = LogLineFormat(.json, isJournal: false).bytes(line)
        let text = String(decoding: json, as: UTF8.self)
        #expect(text.hasSuffix(#""count":7,"peer":4294967295,"text":"8","wall_ms":1.2}"# + "\n"), "\(text)")
        let plain = String(decoding: LogLineFormat(.text, isJournal: true).bytes(line), as: UTF8.self)
        #expect(plain == "<6>m count=7 peer=4294967295 text=8 wall_ms=1.2\n")
    }

    @Test(arguments: [ServiceSettings.LogFormat.text, .json]) func noLineDrivesATerminal(
        format: ServiceSettings.LogFormat
    ) {
        let hostile = "\u{9B}2J\u{7F}\u{1B}[31m\u{202E}\u{2066}\u{2028}\u{2029}\r\n"
        let line = LogLine(
            time: timespec(tv_sec: 0, tv_nsec: 0),
            level: .error,
            message: "a\(hostile)",
            metadata: [("b", "c\(hostile)"), ("d", hostile)]
        )
        let text = String(decoding: LogLineFormat(format, isJournal: false).bytes(line), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        #expect(!text.unicodeScalars.dropLast().contains(where: PrintableText.isUnsafe), "\(text)")
    }

    @Test func oneLevelHoldsForEveryLogger() throws {
        let pipe = Pipe()
        let log = StandardErrorLog(
            format: .text,
            level: .warning,
            isJournal: false,
            descriptor: pipe.fileHandleForWriting.fileDescriptor
        )
        var copy = log.logger(label: "x")
        copy[metadataKey: "k"] = "v"
        copy.info("unseen")
        log.level = .info
        copy.info("seen")
        log.flush()
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text.hasSuffix("info seen k=v\n"))
        #expect(!text.contains("unseen"))
    }

    @Test func warningsAndOtherLinesCanGoToDifferentStreams() throws {
        let (errors, others) = (Pipe(), Pipe())
        let log = StandardErrorLog(
            format: .text,
            level: .info,
            isJournal: false,
            descriptor: errors.fileHandleForWriting.fileDescriptor,
            ordinary: others.fileHandleForWriting.fileDescriptor
        )
        let logger = log.logger(label: "x")
        for level in Logger.Level.allCases { logger.log(level: level, "this is \(level)") }
        log.flush()
        func levels(_ pipe: Pipe) throws -> [String] {
            try pipe.fileHandleForWriting.close()
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            return text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        }
        #expect(try levels(others) == ["info", "notice"])
        #expect(try levels(errors) == ["warning", "error", "critical"])
    }

    @Test func theJournalIsRecognisedByItsStream() {
        #expect(!StandardErrorLog.isJournal(environment: [:]))
        #expect(!StandardErrorLog.isJournal(environment: ["JOURNAL_STREAM": "1:1"]))
        var status = stat()
        fstat(STDERR_FILENO, &status)
        #expect(StandardErrorLog.isJournal(environment: ["JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino)"]))
    }
}
