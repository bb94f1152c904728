import Foundation
import RequestStreams
import TestSupport
import Testing

/// The corpus of FuzzHTTP, and what random changes make of it.
@Suite struct RequestStreamTests {
    private static let corpus = URL(filePath: Programs.package).appending(path: "Tests/Fuzzing/Corpora/FuzzHTTP")

    /// The streams by name. Those named `good-` are answered with nothing but 200, those named `bad-` with an error.
    private static func streams() throws -> [(name: String, bytes: [UInt8])] {
        let names = try FileManager.default.contentsOfDirectory(atPath: self.corpus.path()).sorted()
        return try names.map { ($0, Array(try Data(contentsOf: self.corpus.appending(path: $0)))) }
    }

    private static func check(_ bytes: [UInt8], _ name: String) throws -> RequestStream.Reading {
        let whole = try RequestStream.read(bytes, step: .max)
        for step in [1, 7] {
            let parts = try RequestStream.read(bytes, step: step)
            #expect(parts == whole, "\(name), \(step) bytes at a time")
        }
        #expect(whole.kept == 0, "\(name)")
        return whole
    }

    @Test func theCorpusIsReadTheSameHoweverItIsCut() throws {
        let streams = try Self.streams()
        #expect(streams.count >= 10)
        for (name, bytes) in streams {
            let reading = try Self.check(bytes, name)
            let statuses = reading.output.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            if name.hasPrefix("good-") {
                #expect(!statuses.isEmpty && statuses.allSatisfy { $0 == "200" || $0 == "100" }, "\(name): \(statuses)")
            } else {
                #expect(statuses.contains { $0.hasPrefix("4") }, "\(name): \(statuses)")
            }
        }
    }

    @Test func noChangeOfTheCorpusStopsOrConfusesAConnection() throws {
        var generator = SeededGenerator(seed: 13)
        for (name, bytes) in try Self.streams() {
            for number in 0..<40 {
                var changed = bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) where !changed.isEmpty {
                    let index = Int.random(in: changed.indices, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: changed[index] = UInt8.random(in: 0...255, using: &generator)
                    case 1: changed.remove(at: index)
                    default: changed.insert(contentsOf: changed[..<index], at: index)
                    }
                }
                _ = try Self.check(changed, "\(name), change \(number)")
            }
        }
    }
}
