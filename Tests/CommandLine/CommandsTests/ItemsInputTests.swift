import Testing

@testable import Commands

/// Reads items; answers the array's text, or the error.
private func items(_ text: String, _ format: ItemsInput.Format = .auto) -> String {
    do {
        return String(decoding: try ItemsInput.array(Array(text.utf8), format: format, name: "in"), as: UTF8.self)
    } catch {
        #expect(error.status == .badInput)
        return "error: \(error.message)"
    }
}

@Suite struct ItemsInputTests {
    @Test func anArrayStaysAsItIs() {
        let text = "[ {\"n\": 12345678901234567890.10} , {\"json\": {}} ]\n"
        #expect(items(text) == text)
        #expect(items("\u{FEFF}[]") == "[]")
    }

    @Test func anObjectBecomesTheOnlyItemAlsoOverSeveralLines() {
        #expect(items("{\"a\": 1}") == "[{\"a\": 1}]")
        #expect(items("{\n\"a\": 1\n}\n") == "[{\n\"a\": 1\n}\n]")
    }

    @Test func linesOfObjectsBecomeItems() {
        #expect(items("{\"a\":1}\n\n {\"a\":2}\r\n{\"a\":3}") == "[{\"a\":1}, {\"a\":2}\r,{\"a\":3}]")
        #expect(items("{\"a\":1}", .ndjson) == "[{\"a\":1}]")
    }

    @Test func csvIsReadWithItsQuotes() {
        #expect(
            items("name,note\nAnn,\"says \"\"hi\"\",\nthen leaves\"\r\nBob,\n")
                == "[{\"name\":\"Ann\",\"note\":\"says \\\"hi\\\",\\nthen leaves\"},{\"name\":\"Bob\",\"note\":\"\"}]"
        )
        #expect(items("id\n007\n") == "[{\"id\":\"007\"}]")
        #expect(items("name\n", .csv) == "[]")
    }

    @Test(arguments: [
        ("", ItemsInput.Format.auto, "in is empty; for no items write []"),
        (" \n", .json, "in is empty; for no items write []"),
        ("[1, 2]", .auto, "in: element 0 is a number, not an object (byte 1, line 1, column 2)"),
        ("[{}\n,nul]", .auto, "in: expected true, false or null (byte 5, line 2, column 2)"),
        ("{\"a\":1}\n[1]\n", .auto, "in, line 2: an item is an object, such as {\"name\": \"Ann\"}"),
        ("{\"a\":1}\n{\"a\":}\n", .auto, "in, line 2: expected a value (byte 5 of the line)"),
        ("{\"a\": 1", .auto, "in: the text ends in the middle of a value (byte 7, line 1, column 8)"),
        ("\"text\"", .auto, "in is neither JSON nor CSV with a header and rows; for a header alone give"),
        ("# note\n{\"a\":1}\n", .auto, "in begins with a comment"),
        (" // note\n[]\n", .auto, "in begins with a comment"),
        ("a;b\n1\n", .csv, "in, line 2: 1 field where the header has 2 (the fields are taken to be separated by \";\""),
        ("a,b\n1\n", .csv, "in, line 2: 1 field where the header has 2"),
        ("a,a\n1,2\n", .csv, "in, line 1: two columns have the name \"a\""),
        ("a,\n1,2\n", .csv, "in, line 1: a column has no name"),
        ("a\n\"x\n", .csv, "in, line 2: a quote is opened and never closed"),
        ("a\nx\"y\"\n", .csv, "in, line 2: a quote in the middle of a field"),
        ("a\n\"x\"y\n", .csv, "in, line 2: something follows a closing quote"),
    ])
    func whatIsWrongIsNamedWithItsPlace(text: String, format: ItemsInput.Format, message: String) {
        let answer = items(text, format)
        #expect(answer.hasPrefix("error: \(message)"), "\(answer)")
    }

    @Test(arguments: [("a;b", "1;2"), ("a\tb", "1\t2"), ("a|b", "1|2"), ("\"a\";b", "1;2")])
    func theLikeliestSeparatorIsTaken(header: String, row: String) {
        #expect(items("\(header)\n\(row)\n") == "[{\"a\":\"1\",\"b\":\"2\"}]")
    }

    @Test func aSeparatorThatIsGivenIsTaken() throws {
        let bytes = Array("a,x;b\n1;2\n".utf8)
        let semicolon = try #require(CSVDelimiter(argument: ";"))
        let array = try ItemsInput.array(bytes, format: .auto, delimiter: semicolon, name: "in")
        #expect(String(decoding: array, as: UTF8.self) == "[{\"a,x\":\"1\",\"b\":\"2\"}]")
        #expect(CSVDelimiter(argument: "tab") == .tab && CSVDelimiter(argument: "\\t") == .tab)
        // Controls: more than a character, a quote and a line feed separate nothing; a comma wins when they are as many.
        for text in ["", "ab", "\"", "\n", "é"] { #expect(CSVDelimiter(argument: text) == nil, "\(text)") }
        #expect(items("a,b;c\n1,2\n") == "[{\"a\":\"1\",\"b;c\":\"2\"}]")
        #expect(items("\"a;b;c\",d\n1,2\n") == "[{\"a;b;c\":\"1\",\"d\":\"2\"}]")
    }

    @Test func csvThatIsNotUTF8NamesTheByte() {
        let bytes = Array("a\nx".utf8) + [0xFF] + Array("\n".utf8)
        #expect(throws: CommandError.badInput("in is not UTF-8: byte 3, line 2")) {
            try ItemsInput.array(bytes, format: .csv, name: "in")
        }
    }

    @Test func nestingBeyondTheLimitIsRefusedHere() {
        func nested(_ depth: Int) -> String {
            "{\"a\": " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        // The array of items and the object are levels as well.
        #expect(items(nested(998)) == "[\(nested(998))]")
        #expect(items(nested(999)).contains("nested deeper than"))
    }

    @Test func theEndingOfANameSaysTheFormat() {
        #expect(ItemsInput.Format(path: "a.CSV") == .csv)
        #expect(ItemsInput.Format(path: "a.jsonl") == .ndjson)
        #expect(ItemsInput.Format(path: "a.json") == .json)
        #expect(ItemsInput.Format(path: "-") == .auto)
    }
}
