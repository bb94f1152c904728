import Foundation
import TestSupport
import Testing

/// Every message and screen that users meet, kept in two files, so that a change of one is seen and read.
@Suite struct GoldenTextTests {
    private static let folder = "\(Programs.package)/Tests/CommandLine/CommandsTests/Golden"
    /// Messages of Python differ between its versions.
    private static let isKnownPython = FileManager.default.fileExists(atPath: "/usr/bin/python3.11")

    private static func transcript(_ daemon: Daemon) -> Transcript {
        var transcript = Transcript()
        transcript.environment = [
            "TERRARIUM_SOCKET": daemon.socketPath, "XDG_RUNTIME_DIR": "/nonexistent", "COLUMNS": "80",
            "LC_ALL": "C.UTF-8",
        ]
        transcript.replacements = [("CPU time used: [0-9.]+ s", "CPU time used: 0 s")]
        transcript.showsExitCodes = true
        return transcript
    }

    @Test(
        .enabled(if: Self.isKnownPython, "the files have the messages of Python 3.11"),
        arguments: ["messages", "screens"]
    )
    func theTextsAreThoseOfTheFile(name: String) async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_OUTPUT_LIMIT": "64K", "TERRARIUM_LOG_LIMIT": "4K", "TERRARIUM_TASK_TIMEOUT": "20",
            "TERRARIUM_MAX_PAYLOAD": "64K", "TERRARIUM_MEMORY_PER_USER": "64M",
        ])
        try await Self.transcript(daemon).check("\(Self.folder)/\(name).txt")
        // The control: another text is noticed.
        let shown = try await Self.transcript(daemon).rerun(["$ terrarium rnu\nsomething else\n"])[0]
        #expect(shown == "$ terrarium rnu\nerror: there is no command \"rnu\"; did you mean \"run\"?\n[2]\n")
    }

    /// Whether a hint begins with a small letter, a sign or `JSON`, and has no full stop at its end, as all hints do.
    private static func isClause(_ hint: Substring) -> Bool {
        let isSmall = hint.first?.isUppercase == false || hint.hasPrefix("JSON")
        return isSmall && (!hint.hasSuffix(".") || hint.hasSuffix("..."))
    }

    @Test(arguments: [("use list(...)", true), ("Use list(...)", false), ("use it.", false), ("JSON is text", true)])
    func aHintIsAClause(hint: String, isClause: Bool) {
        #expect(Self.isClause(hint[...]) == isClause)
    }

    /// Sentences that messages must not have: those that blame, that are vague, or that show the inside.
    @Test func theMessagesAreSentencesForUsers() throws {
        let text = try String(contentsOfFile: "\(Self.folder)/messages.txt", encoding: .utf8)
        #expect(text.split(separator: "\n").count > 300)
        for word in [
            "nobody", "somebody", "whoever", "Oops", "illegal", "fatal", "Optional(", "nil", "  error", "Swift",
        ] {
            #expect(!text.contains(word), "\(word)")
        }
        for line in text.split(separator: "\n") where line.hasPrefix("error:") || line.hasPrefix("hint:") {
            #expect(line.utf8.count < 400, "\(line)")
            #expect(!line.hasPrefix("hint:") || Self.isClause(line.dropFirst("hint: ".count)), "\(line)")
            #expect(!line.contains(".;") && !line.contains("..") || line.contains("..."), "\(line)")
        }
    }
}
