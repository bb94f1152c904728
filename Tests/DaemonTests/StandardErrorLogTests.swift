import Foundation
import Glibc
import Logging
import Tasks
import Testing

@testable import Daemon

@Suite struct StandardErrorLogTests {
    private static let line = StandardErrorLog.Line(
        time: timespec(tv_sec: 1_735_689_599, tv_nsec: 7_000_000),
        level: .warning,
        message: "worker\ndied",
        metadata: [("a", "plain"), ("b", "two words"), ("message", "clash\u{1B}")]
    )

    private func text(_ format: Settings.LogFormat, isJournal: Bool) -> String {
        String(decoding: StandardErrorLog.bytes(Self.line, format: format, isJournal: isJournal), as: UTF8.self)
    }

    @Test func textIsOneLine() {
        #expect(
            self.text(.text, isJournal: false)
                == "2024-12-31T23:59:59.007Z warning worker\\u{a}died a=plain b=\"two words\" message=\"clash\\\\u{1b}\"\n"
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
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text.hasSuffix("info seen k=v\n"))
        #expect(!text.contains("unseen"))
    }

    @Test func theJournalIsRecognisedByItsStream() {
        #expect(!StandardErrorLog.isJournal(environment: [:]))
        #expect(!StandardErrorLog.isJournal(environment: ["JOURNAL_STREAM": "1:1"]))
        var status = stat()
        fstat(STDERR_FILENO, &status)
        #expect(StandardErrorLog.isJournal(environment: ["JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino)"]))
    }
}
