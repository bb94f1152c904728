import JSONBytes
import Testing

@Suite struct JSONTextTests {
    /// Texts that RFC 8259 allows.
    static let valid: [String] = [
        "null", "true", "false", "0", "-0", "-1", "10", "1.5", "-0.25", "1e9", "1E+9", "1e-9", "0e0", "1.5e300",
        "123456789012345678901234567890", #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\uD83D\uDE00""#,
        #""\ud800""#, #""\udc00x""#, #""\ud800\u0041""#, "\"\u{7F}\"", "\"\u{2028}\u{2029}\"", "\"é€😀\"",
        "[]", "[ ]", "{}", "{ }", "[1]", "[1,2]", " [ 1 , 2 ] ", "[[],[[]],{}]", #"{"a":1}"#, #"{"a":{"a":[{}]}}"#,
        #"{"":0}"#, #"{"a":1,"a":2}"#, "\t\n\r [\t\n\r 1\t\n\r ]\t\n\r ", #"["12345678","1234567","123456789"]"#,
        #"["1234567\n","\n1234567","🐈1234567"]"#, "[0,-0,0.0,1e1]", "                              1",
    ]

    /// Texts that it does not allow, with the offset of the fault.
    static let invalid: [(text: String, offset: Int)] = [
        ("", 0), (" ", 1), ("x", 0), ("nul", 3), ("nulL", 0), ("tru", 3), ("True", 0), ("falsey", 5), ("NaN", 0),
        ("Infinity", 0), ("-Infinity", 1), ("-", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1.e1", 2), ("01", 1),
        ("-01", 2), ("1e", 2), ("1e+", 3), ("1ex", 2), ("0x1", 1), ("1 2", 2), ("--1", 1), ("1a", 1),
        ("\"", 1), ("\"a", 2), ("\"a\\", 3), (#""\x""#, 1), (#""\u12""#, 1), (#""\u123g""#, 1), (#""\u""#, 1),
        (#""\U0041""#, 1), ("\"\n\"", 1), ("\"\u{0}\"", 1), ("\"aaaaaaaaaaaaaaaa\u{1F}\"", 17), ("'a'", 0),
        ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("[1;2]", 2), ("]", 0), ("[1}", 2),
        ("[1]]", 3), ("[1],", 3), ("[1]x", 3), ("{", 1), ("{}}", 2), ("{a:1}", 1), ("{1:1}", 1), (#"{"a""#, 4),
        (#"{"a":"#, 5), (#"{"a" 1}"#, 5), (#"{"a":1"#, 6), (#"{"a":1,"#, 7), (#"{"a":1,}"#, 7), (#"{"a":1]"#, 6),
        (#"{"a":1 "b":2}"#, 7), (#"{"a"::1}"#, 5), (#"{,}"#, 1), ("[1]/*c*/", 3), ("// c\n1", 0), ("\u{FEFF}1", 0),
        ("\u{A0}1", 0), ("\u{C}1", 0), ("[\u{B}]", 1), ("[\"a\",\"b\"", 8), ("[{}, [}]", 6),
    ]

    @Test(arguments: valid) func allowedTextPasses(text: String) throws {
        try JSONText.validate(Array(text.utf8)[...], maximumNesting: 8)
        // The same in front of other bytes, where the wide reads see them, and in every position of a word.
        for padding in 0..<9 {
            let padded = Array((String(repeating: " ", count: padding) + "[" + text + "]").utf8)
            try JSONText.validate(padded[...], maximumNesting: 8)
        }
    }

    @Test(arguments: invalid) func faultyTextIsRefusedWhereItIsFaulty(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) {
            try JSONText.validate(Array(text.utf8)[...], maximumNesting: 8)
        }
        #expect(error?.offset == offset, "\(text): \(error.map(String.init(describing:)) ?? "passed")")
        // Whatever stands behind the text in memory is not looked at.
        let longer = Array((text + "\"]}1234567890").utf8)
        let again = #expect(throws: JSONError.self) {
            try JSONText.validate(longer[..<text.utf8.count], maximumNesting: 8)
        }
        #expect(again == error)
    }

    /// Every byte behind digits of every length, at the end of the text and in front of more: some belong there, some end the
    /// number, and all others are a fault right there.
    @Test func aNumberEndsWhereItsDigitsEnd() {
        for count in 1...20 {
            let digits = [UInt8](repeating: UInt8(ascii: "7"), count: count)
            for byte in UInt8.min...UInt8.max {
                for rest in [Array("5]".utf8), Array("5,1234567890]".utf8)] {
                    let text = [UInt8(ascii: "[")] + digits + [byte] + rest
                    var offset: Int?
                    do throws(JSONError) {
                        try JSONText.validate(text[...], maximumNesting: 8)
                    } catch {
                        offset = error.offset
                    }
                    let expected: Int? =
                        switch byte {
                        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ","), UInt8(ascii: "."),
                            UInt8(ascii: "e"), UInt8(ascii: "E"):
                            nil
                        // Behind the end of the array, or behind a space.
                        case UInt8(ascii: "]"), UInt8(ascii: " "), 0x09, 0x0A, 0x0D: count + 2
                        default: count + 1
                        }
                    #expect(offset == expected, "byte \(byte) behind \(count) digits")
                }
            }
        }
    }

    /// Byte sequences that are not UTF-8, with the offset of the first that is not.
    static let malformedUTF8: [(bytes: [UInt8], offset: Int)] = [
        ([0x80], 0), ([0xBF], 0), ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xC2], 0), ([0xC2, 0x41], 0),
        ([0xE0, 0x80, 0x80], 0), ([0xE0, 0x9F, 0xBF], 0), ([0xE2, 0x82], 0), ([0xE2, 0x82, 0x41], 0),
        ([0xED, 0xA0, 0x80], 0), ([0xED, 0xBF, 0xBF], 0), ([0xF0, 0x80, 0x80, 0x80], 0),
        ([0xF0, 0x8F, 0xBF, 0xBF], 0), ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xFF], 0),
        ([0xFE], 0), ([0xF0, 0x9F, 0x98], 0), ([0xC3, 0xA9, 0xA9], 2), ([0x41, 0x41, 0xE2, 0x82, 0xAC, 0xC3], 5),
    ]

    @Test(arguments: malformedUTF8) func malformedUTF8IsRefused(bytes: [UInt8], offset: Int) {
        for padding in 0..<17 {
            let text = [0x22] + [UInt8](repeating: 0x61, count: padding) + bytes + [0x22]
            let expected = JSONError(.invalidUTF8, at: 1 + padding + offset)
            #expect(throws: expected) { try JSONText.validate(text[...], maximumNesting: 1) }
        }
    }

    @Test func everyScalarPasses() throws {
        for value in UInt32(0x20)...0x10_FFFF {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            let text = Array("\"\(Character(scalar))\"".utf8)
            try JSONText.validate(text[...], maximumNesting: 1)
        }
    }

    @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 129, 256, 1000])
    func nestingIsAllowedToTheLimitAndNotBeyond(depth: Int) throws {
        func nested(_ open: String, _ close: String, _ levels: Int) -> [UInt8] {
            Array((String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)).utf8)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            try JSONText.validate(nested(open, close, depth)[...], maximumNesting: depth)
            #expect(throws: JSONError(.tooDeep(limit: depth), at: depth * open.utf8.count)) {
                try JSONText.validate(nested(open, close, depth + 1)[...], maximumNesting: depth)
            }
        }
        // Arrays and objects by turns, so that a mixed-up container would show.
        let levels = depth / 2
        let mixed =
            String(repeating: #"[{"a":"#, count: levels) + "[]" + String(repeating: "}]", count: levels)
        try JSONText.validate(Array(mixed.utf8)[...], maximumNesting: depth + 1)
        let crossed = String(repeating: #"[{"a":"#, count: levels) + "1" + String(repeating: "]}", count: levels)
        if levels > 0 {
            #expect(throws: JSONError.self) {
                try JSONText.validate(Array(crossed.utf8)[...], maximumNesting: depth + 1)
            }
        }
    }

    @Test func aMillionBracketsAreRefusedAtTheLimit() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError(.tooDeep(limit: 256), at: 256)) {
            try JSONText.validate(text[...], maximumNesting: 256)
        }
    }

    @Test func anArrayOfObjectsIsJustThat() throws {
        for text in ["[]", "[{}]", " [ {} , {\"a\":[1]} ] "] {
            try JSONText.validateArrayOfObjects(Array(text.utf8)[...], maximumNesting: 4)
        }
        func error(_ text: String) -> JSONError? {
            #expect(throws: JSONError.self) {
                try JSONText.validateArrayOfObjects(Array(text.utf8)[...], maximumNesting: 4)
            }
        }
        #expect(error("{}") == JSONError(.wrongKind(expected: .array, found: .object), at: 0))
        #expect(error("[{},3]") == JSONError(.elementIsNoObject(index: 1, found: .number), at: 4))
        #expect(error("[[]]") == JSONError(.elementIsNoObject(index: 0, found: .array), at: 1))
        #expect(error("[nul]") == JSONError(.invalidLiteral, at: 1))
        #expect(error("[{}]]") == JSONError(.trailingBytes, at: 4))
        #expect(error("[{}][{}]") == JSONError(.trailingBytes, at: 4))
        #expect(error("[{},]") == JSONError(.expectedValue, at: 4))
        #expect(error("[{\"a\":[[[]]]}]") == JSONError(.tooDeep(limit: 4), at: 8))
        #expect(error("[{}") == JSONError(.unexpectedEnd, at: 3))
        #expect(error("") == JSONError(.unexpectedEnd, at: 0))
    }

    @Test(arguments: ["[\n]", "[{}\t]", "\r[]", "[]\n", #"[{"a":\#n1}]"#, #"[{"a"\#t:1}]"#])
    func spacesOnlyKeepsATextOnOneLine(text: String) throws {
        let bytes = Array(text.utf8)[...]
        // The control: otherwise the text is fine.
        try JSONText.validateArrayOfObjects(bytes, maximumNesting: 4)
        #expect(throws: JSONError.self) {
            try JSONText.validateArrayOfObjects(bytes, maximumNesting: 4, whitespace: .spacesOnly)
        }
        #expect(throws: JSONError.self) {
            try JSONText.validate(bytes, maximumNesting: 4, whitespace: .spacesOnly)
        }
        let spaced = Array(text.map { $0.isWhitespace ? " " : $0 }.reduce(into: "") { $0.append($1) }.utf8)
        try JSONText.validateArrayOfObjects(spaced[...], maximumNesting: 4, whitespace: .spacesOnly)
    }
}
