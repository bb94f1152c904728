import Foundation
import FuzzEntries
import TestSupport
import Testing

/// The inputs of the fuzz programs, replayed: seeds, and every input that broke a parser.
@Suite struct CorpusTests {
    private static func corpus(_ entry: FuzzEntry) throws -> [(name: String, bytes: [UInt8])] {
        let folder = "\(Programs.package)/Tests/Fuzzing/Corpora/\(entry)"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            (name, Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
        }
    }

    @Test(arguments: FuzzEntry.all) func everyPropertyHoldsForTheCorpus(entry: FuzzEntry) throws {
        let corpus = try Self.corpus(entry)
        #expect(corpus.count > 3)
        for (name, bytes) in corpus { #expect(entry.violation(bytes) == nil, "\(name)") }
    }

    /// A seed is named `KIND-…` for what it is read as, or `bad-…` when it is read as nothing.
    @Test(arguments: [FuzzEntry.json, .bridge]) func everySeedIsReadAsItsNameSays(entry: FuzzEntry) throws {
        let kinds = try #require(entry.kinds)
        var seen: [String: Int] = [:]
        for (name, bytes) in try Self.corpus(entry) {
            let kind = String(name.prefix { $0 != "-" })
            seen[kind, default: 0] += 1
            #expect(kind == "bad" ? kinds(bytes).isEmpty : kinds(bytes).contains(kind), "\(name): \(kinds(bytes))")
        }
        #expect(seen.count >= 2 && seen.values.allSatisfy { $0 > 1 }, "\(seen)")
    }

    @Test(arguments: FuzzEntry.all, [1, 2, 3] as [UInt64])
    func everyPropertyHoldsForMutationsOfTheCorpus(entry: FuzzEntry, seed: UInt64) throws {
        let corpus = try Self.corpus(entry).map(\.bytes)
        var generator = SeededGenerator(seed: seed)
        let interesting = Array("\"\\{}[]:,=#'0-.eE\n\r\t \u{1B}\u{7F}\u{9B}\u{202E}\u{2028}_@*".utf8) + [0xFF, 0x00]
        for _ in 0..<150 {
            var bytes = generator.pick(corpus)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let position = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.insert(generator.pick(interesting), at: position)
                case 1 where position < bytes.count: bytes[position] = generator.pick(interesting)
                case 2: bytes.removeSubrange(position..<min(bytes.count, position + 3))
                default: bytes.insert(contentsOf: generator.pick(corpus).prefix(40), at: position)
                }
            }
            #expect(entry.violation(bytes) == nil, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    /// The control of the property that most entries share.
    @Test func anEntryWithAFaultReportsIt() {
        let entry = FuzzEntry.control
        #expect(entry.violation(Array("plain".utf8)) == nil)
        #expect(entry.violation(Array("a\u{9B}2J".utf8)) != nil)
    }
}
