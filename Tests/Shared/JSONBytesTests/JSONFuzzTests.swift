import JSONBytes
import TestSupport
import Testing

/// Random texts against a second, slow and recursive reading of the grammar: both must agree on every one of them.
@Suite struct JSONFuzzTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func mutatedTextsAreJudgedAsTheGrammarSays(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let seeds =
            JSONTextTests.valid.map { Array($0.utf8) } + JSONTextTests.invalid.map { Array($0.text.utf8) }
            + JSONTextTests.malformedUTF8.map { [0x22] + $0.bytes + [0x22] }
        let interesting =
            Array("\"\\{}[]:,0123456789.eE+-tfnu \n\t\u{0}\u{1F}\u{7F}\u{E9}".utf8) + [0x80, 0xED, 0xF4, 0xFF]
        var passed = 0
        var refused = 0
        for _ in 0..<20_000 {
            var text = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let byte = interesting[Int.random(in: 0..<interesting.count, using: &generator)]
                let position = Int.random(in: 0...text.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: text.insert(byte, at: position)
                case 1 where position < text.count: text[position] = byte
                case 2 where position < text.count: text.remove(at: position)
                default:
                    text.insert(contentsOf: seeds[Int.random(in: 0..<seeds.count, using: &generator)], at: position)
                }
            }
            let expected = Grammar.allows(text, maximumNesting: 6)
            do throws(JSONError) {
                try JSONText.validate(text[...], maximumNesting: 6)
                #expect(expected, "passed: \(text)")
                passed += 1
            } catch {
                #expect(!expected, "refused with \(error): \(text)")
                #expect((0...text.count).contains(error.offset), "\(error): \(text)")
                refused += 1
            }
            self.walk(text)
        }
        // Neither side may be a matter of course.
        #expect(passed > 1000)
        #expect(refused > 1000)
    }

    /// Goes through a text with the reader, by its containers, and decodes what it finds.
    private func walk(_ text: [UInt8]) {
        func visit(_ reader: inout JSONReader) throws {
            switch try reader.peek() {
            case .object: try reader.members(limit: .max) { reader, _ in try visit(&reader) }
            case .array: try reader.elements { reader, _ in try visit(&reader) }
            case .string: _ = JSONValue.string(text[try reader.skip()])
            case .number:
                let range = try reader.skip()
                _ = text.withUnsafeBytes { JSONValue.integer($0[range]) }
            case .boolean, .null: try reader.skip()
            }
        }
        text.withUnsafeBytes { buffer in
            var reader = JSONReader(buffer, maximumNesting: 6)
            do {
                try visit(&reader)
                try reader.finish()
                #expect(Grammar.allows(text, maximumNesting: 6), "\(text)")
            } catch let error as JSONError {
                #expect((0...text.count).contains(error.offset))
                if case .duplicateKey = error.reason { return }
                #expect(!Grammar.allows(text, maximumNesting: 6), "\(error): \(text)")
            } catch {
                Issue.record(error)
            }
        }
    }
}

/// RFC 8259 as a recursive descent, word for word, for comparison.
private struct Grammar {
    private var rest: Substring.UnicodeScalarView

    static func allows(_ text: [UInt8], maximumNesting: Int) -> Bool {
        guard let string = String(validating: text, as: UTF8.self) else { return false }
        var grammar = Grammar(rest: Substring(string).unicodeScalars)
        return grammar.element(maximumNesting) && grammar.rest.isEmpty
    }

    private mutating func take(_ scalars: String) -> Bool {
        guard self.rest.starts(with: scalars.unicodeScalars) else { return false }
        self.rest.removeFirst(scalars.unicodeScalars.count)
        return true
    }

    private mutating func takeOne(where allowed: (Unicode.Scalar) -> Bool) -> Bool {
        guard let first = self.rest.first, allowed(first) else { return false }
        self.rest.removeFirst()
        return true
    }

    private mutating func space() {
        while self.takeOne(where: { " \t\n\r".unicodeScalars.contains($0) }) {}
    }

    private mutating func element(_ nesting: Int) -> Bool {
        self.space()
        defer { self.space() }
        return self.value(nesting)
    }

    private mutating func value(_ nesting: Int) -> Bool {
        switch self.rest.first {
        case "{": return nesting > 0 && self.sequence("{", "}") { $0.member(nesting - 1) }
        case "[": return nesting > 0 && self.sequence("[", "]") { $0.element(nesting - 1) }
        case "\"": return self.string()
        case "t": return self.take("true")
        case "f": return self.take("false")
        case "n": return self.take("null")
        default: return self.number()
        }
    }

    private mutating func sequence(_ open: String, _ close: String, _ one: (inout Grammar) -> Bool) -> Bool {
        guard self.take(open) else { return false }
        self.space()
        if self.take(close) { return true }
        repeat {
            guard one(&self) else { return false }
        } while self.take(",")
        return self.take(close)
    }

    private mutating func member(_ nesting: Int) -> Bool {
        self.space()
        guard self.string() else { return false }
        self.space()
        return self.take(":") && self.element(nesting)
    }

    private mutating func string() -> Bool {
        guard self.take("\"") else { return false }
        while let scalar = self.rest.popFirst() {
            switch scalar {
            case "\"": return true
            case "\\":
                if self.takeOne(where: { "\"\\/bfnrt".unicodeScalars.contains($0) }) { continue }
                guard self.take("u") else { return false }
                for _ in 0..<4 {
                    guard self.takeOne(where: { $0.isASCII && $0.properties.isASCIIHexDigit }) else { return false }
                }
            case _ where scalar.value < 0x20: return false
            default: continue
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
        _ = self.take("-")
        if !self.take("0") {
            guard self.takeOne(where: { isDigit($0) && $0 != "0" }) else { return false }
            while self.takeOne(where: isDigit) {}
        }
        if self.take(".") {
            guard self.takeOne(where: isDigit) else { return false }
            while self.takeOne(where: isDigit) {}
        }
        if self.takeOne(where: { $0 == "e" || $0 == "E" }) {
            _ = self.takeOne { $0 == "+" || $0 == "-" }
            guard self.takeOne(where: isDigit) else { return false }
            while self.takeOne(where: isDigit) {}
        }
        return true
    }
}
