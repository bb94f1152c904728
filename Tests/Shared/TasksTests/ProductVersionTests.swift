import Foundation
import Tasks
import Testing

@Suite struct ProductVersionTests {
    private static let changelog = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../CHANGELOG.md")

    /// The newest release of a changelog: its first heading with a version.
    private static func newestRelease(in text: String) -> String? {
        text.split(separator: "\n").lazy.compactMap { $0.prefixMatch(of: /## \[(\d[^\]]*)\]/) }.first
            .map { String($0.1) }
    }

    @Test func theVersionIsThatOfTheNewestReleaseInTheChangelog() throws {
        let example = "# C\n## [Unreleased]\n## [2.0.0-rc.1] - 2030-01-01\n## [1.0.0]\n"
        #expect(Self.newestRelease(in: example) == "2.0.0-rc.1")
        let text = try String(contentsOf: Self.changelog, encoding: .utf8)
        #expect(Self.newestRelease(in: text) == ProductVersion.current)
    }
}
