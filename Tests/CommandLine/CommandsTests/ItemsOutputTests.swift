import Testing

@testable import Commands

private func written(_ items: String, _ format: ItemsOutput) throws -> String {
    String(decoding: try format.text(Array(items.utf8)), as: UTF8.self)
}

@Suite struct ItemsOutputTests {
    static let items = #"[{"json":{"n":1.10,"s":"a\ud800"}},  {"json":{"n":12345678901234567890,"o":{"x":[1]}}}]"#

    @Test func everyDigitAndEscapeStays() throws {
        #expect(
            try written(Self.items, .ndjson)
                == #"{"json":{"n":1.10,"s":"a\ud800"}}"# + "\n" + #"{"json":{"n":12345678901234567890,"o":{"x":[1]}}}"#
                + "\n"
        )
        #expect(try written(Self.items, .json).hasPrefix("[\n{\"json\":{\"n\":1.10"))
        #expect(try written("[]", .json) == "[]\n")
        #expect(try written("[]", .ndjson) == "")
    }

    @Test func aTableHasTheUnionOfAllFields() throws {
        #expect(
            try written(
                #"[{"json":{"n":5,"name":"Äpfel"}},{"json":{"n":10,"ok":true}},{"json":{"name":"\u001b[31m"}}]"#,
                .table
            )
                == """
                 n  name        ok
                --  ----------  ----
                 5  Äpfel
                10              true
                    \\u{1b}[31m

                """
        )
        #expect(try written(#"[{"json":{},"binary":{"file":{}}}]"#, .table) == "binary\n------\nfile\n")
        #expect(try written("[{\"json\":{}}]", .table) == "1 item without fields\n")
        #expect(try written("[{\"json\":{}},{\"json\":{}}]", .table) == "2 items without fields\n")
    }

    @Test func noNameOfBinaryDataReachesTheTerminalAsItIs() throws {
        let names = #"{"a\u001b]0;title\u0007":{},"\r\n\u009b2J":{},"\#(String(repeating: "x", count: 100))":{}}"#
        let table = try written(#"[{"json":{},"binary":\#(names)}]"#, .table)
        #expect(table.hasPrefix("binary"))
        let rows = table.split(separator: "\n").dropFirst(2)
        #expect(
            rows.count == 1 && rows.first?.hasPrefix(#"a\u{1b}]0;title\u{7}, \u{d}\u{a}\u{9b}2J, xxx"#) == true,
            "\(table)"
        )
        #expect(rows.first.map { TerminalText.width(String($0)) } == 60)
    }

    /// The items are the task's: raw C1 controls, DEL and what reorders text are legal inside the strings of JSON.
    @Test(arguments: [ItemsOutput.json, .ndjson]) func noJSONDrivesTheTerminal(format: ItemsOutput) throws {
        let items = "[{\"json\":{\"\u{9B}2J\u{7F}\":\"user\u{202E}gpj.exe\u{2028}é\u{2066}\"}}]"
        let text = try written(items, format)
        let expected = #"{"json":{"\u009b2J\u007f":"user\u202egpj.exe\u2028é\u2066"}}"#
        #expect(text == (format == .json ? "[\n\(expected)\n]\n" : "\(expected)\n"))
    }

    @Test func longCellsAreCutAndWideOnesAligned() throws {
        let table = try written(
            "[{\"json\":{\"a\":\"\(String(repeating: "x", count: 100))\",\"b\":1}},{\"json\":{\"a\":\"日本\",\"b\":2}}]",
            .table
        )
        let lines = table.split(separator: "\n")
        #expect(lines[2].contains("x…  1"))
        #expect(TerminalText.width(String(lines[2])) == TerminalText.width(String(lines[3])))
    }
}
