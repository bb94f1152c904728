import Foundation
import TestSupport
import Testing

/// The links of all documents lead somewhere, in the repository and where they are installed.
@Suite struct DocumentLinkTests {
    /// What is wrong with the links of a document to files and headings below `root`.
    private static func brokenLinks(
        _ text: String,
        in document: String,
        of root: String = Programs.package
    ) throws -> [String] {
        let folder = URL(fileURLWithPath: "\(root)/\(document)").deletingLastPathComponent()
        return try text.matches(of: /\]\(([^)\s]+)\)/).compactMap { match in
            let target = String(match.output.1)
            guard !target.contains("://") else { return nil }
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let file =
                parts[0].isEmpty ? "\(root)/\(document)" : folder.appendingPathComponent(parts[0]).path
            guard FileManager.default.fileExists(atPath: file) else { return "\(document): \(target)" }
            guard parts.count > 1 else { return nil }
            let headings = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
                .filter { $0.hasPrefix("#") }
                .map(Self.anchor)
            return headings.contains(parts[1]) ? nil : "\(document): \(target)"
        }
    }

    /// The name of a heading in an address, as GitHub makes it.
    private static func anchor(_ heading: Substring) -> String {
        heading.drop { $0 == "#" || $0 == " " }.lowercased()
            .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
            .replacing(" ", with: "-")
    }

    /// All documents below a folder, and how many links they have; each broken link is recorded.
    private static func check(_ root: String) throws -> (documents: Int, links: Int) {
        var (documents, links) = (0, 0)
        let files = FileManager.default.enumerator(atPath: root)
        while let document = files?.nextObject() as? String {
            guard (document as NSString).lastPathComponent.first != "." else {
                files?.skipDescendants()
                continue
            }
            guard document.hasSuffix(".md") else { continue }
            let text = try String(contentsOfFile: "\(root)/\(document)", encoding: .utf8)
            #expect(try Self.brokenLinks(text, in: document, of: root) == [])
            documents += 1
            links += text.matches(of: /\]\([^)\s]+\)/).count
        }
        return (documents, links)
    }

    @Test func everyLinkOfTheDocumentsLeadsToAFileAndAHeading() throws {
        let (documents, links) = try Self.check(Programs.package)
        #expect(documents >= 20 && links >= 60)
        // The control: links that lead nowhere are found, next to some that do not.
        let bad =
            "[a](security.md) [b](no-such.md) [c](security.md#the-threat-model) [d](security.md#no-such) [e](#none)"
        #expect(
            try Self.brokenLinks(bad, in: "docs/operations.md")
                == [
                    "docs/operations.md: no-such.md", "docs/operations.md: security.md#no-such",
                    "docs/operations.md: #none",
                ]
        )
    }
    @Test func theLinksOfTheInstalledDocumentsHold() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let places = ["/usr", "/etc", "/usr/lib/systemd/system", "/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d"]
        let installed = try await Programs.run(
            "\(Programs.package)/scripts/install.sh",
            ["install", Programs.folder, folder.path] + places
        )
        try #require(installed.status == 0, "\(installed.errors)")
        let root = "\(folder.path)/usr/share/doc/terrarium"
        let (documents, links) = try Self.check(root)
        #expect(documents >= 20 && links >= 60)
        // The client for Python can be installed from there, and the examples run.
        for file in [
            "clients/python/pyproject.toml", "clients/python/src/terrarium/py.typed", "examples/due-dates/code.py",
        ] {
            #expect(FileManager.default.fileExists(atPath: "\(root)/\(file)"), "\(file)")
        }
        // The control: a document that is missing is found.
        try FileManager.default.removeItem(atPath: "\(root)/docs/http-api.md")
        let readme = try String(contentsOfFile: "\(root)/README.md", encoding: .utf8)
        #expect(try Self.brokenLinks(readme, in: "README.md", of: root).contains("README.md: docs/http-api.md"))
    }
}
