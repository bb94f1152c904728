import Foundation
import Glibc
import Settings
import TestSupport
import Testing

@testable import Daemon

@Suite struct ConfigurationSourcesTests {
    private let folder: ScratchFolder

    init() throws {
        self.folder = try ScratchFolder()
    }

    private func message(file: String? = nil, secret: String? = nil) -> String {
        do {
            let environment = secret.map { ["TERRARIUM_AUTH_TOKEN_FILE": $0] } ?? [:]
            let loaded = try ConfigurationSources.load(file: file, environment: environment)
            return loaded.settings.authToken.map { "token \($0)" } ?? "taken"
        } catch {
            return error.description
        }
    }

    private func secretFile(mode: mode_t) throws -> String {
        let path = try self.folder.file("secret", "s3cret\n")
        try #require(chmod(path, mode) == 0)
        return path
    }

    @Test func aFileThatCannotBeTakenIsNamed() throws {
        #expect(self.message(file: "\(self.folder.path)/none").contains("No such file or directory"))
        #expect(self.message(file: self.folder.path).contains("it is a directory"))
        let big = try self.folder.file("big", String(repeating: "#", count: 1 << 20) + "\n")
        #expect(self.message(file: big).contains("larger than 1048576 bytes"))
        let largest = try self.folder.file("largest", String(repeating: "#", count: 1 << 20))
        #expect(self.message(file: largest) == "taken")
        let good = try self.folder.file("good", "TERRARIUM_QUEUE_LIMIT=1")
        #expect(self.message(file: good) == "taken")
        let bad = "\(self.folder.path)/bad"
        try Data([0xFF]).write(to: URL(fileURLWithPath: bad))
        #expect(self.message(file: bad).contains("not UTF-8"))
    }

    /// A FIFO without a writer: opening it in the usual way would wait for one for ever.
    @Test(.timeLimit(.minutes(10))) func aFIFOIsRefusedAndDoesNotHangTheStart() throws {
        let fifo = "\(self.folder.path)/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        let expected = "cannot read \"\(fifo)\": it is a FIFO, not a regular file"
        #expect(self.message(secret: fifo).hasSuffix("TERRARIUM_AUTH_TOKEN_FILE: \(expected)"))
        #expect(self.message(file: fifo).hasSuffix("--config: \(expected)"))
        #expect(self.message(secret: "/dev/zero").contains("it is a device"))
        #expect(self.message(secret: try self.secretFile(mode: 0o600)) == "token s3cret")
    }

    @Test(
        arguments: [
            (0o600, nil), (0o640, nil), (0o604, "any account can read it"), (0o644, "any account can read it"),
            (0o620, "its group can write to it"), (0o602, "any account can write to it"),
        ] as [(mode_t, String?)]
    )
    func aSecretThatOthersCanReachGivesAWarning(mode: mode_t, exposure: String?) throws {
        let path = try self.secretFile(mode: mode)
        let loaded = try ConfigurationSources.load(file: nil, environment: ["TERRARIUM_AUTH_TOKEN_FILE": path])
        let warnings = loaded.warnings.map(\.description)
        if let exposure {
            #expect(warnings.count == 1 && warnings.first?.contains(exposure) == true, "\(warnings)")
            #expect(warnings.first?.hasPrefix("TERRARIUM_AUTH_TOKEN_FILE: ") == true)
            #expect(warnings.first?.contains("s3cret") == false)
        } else {
            #expect(warnings.isEmpty)
        }
    }

    @Test func aFileWithoutASecretMayBeReadByAll() throws {
        let path = try self.folder.file("limit", "7\n")
        try #require(chmod(path, 0o644) == 0)
        let loaded = try ConfigurationSources.load(file: nil, environment: ["TERRARIUM_QUEUE_LIMIT_FILE": path])
        #expect(loaded.settings.queueLimit == 7)
        #expect(loaded.warnings.isEmpty)
    }
}
