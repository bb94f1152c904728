import JSONBytes
import Testing

@Suite struct JSONReaderTests {
    private func read<Value>(
        _ text: String,
        maximumNesting: Int = 8,
        _ body: (inout JSONReader) throws -> Value
    ) rethrows -> Value {
        try Array(text.utf8).withUnsafeBytes { buffer in
            var reader = JSONReader(buffer, maximumNesting: maximumNesting)
            return try body(&reader)
        }
    }

    @Test func membersComeWithKeyKindAndRange() throws {
        let text = #" { "a" : 1 , "b\u0041\n":[ 2 ], "c":{"d":null} } "#
        var seen: [String] = []
        try self.read(text) { reader in
            let whole = try reader.members(limit: 10) { reader, key in
                let kind = try reader.peek()
                let range = try reader.skip()
                seen.append("\(key.text)@\(key.offset) \(kind.phrase) \(text.utf8Text(range))")
            }
            try reader.finish()
            #expect(text.utf8Text(whole).first == "{")
            #expect(text.utf8Text(whole).last == "}")
        }
        #expect(seen == ["a@3 a number 1", "bA\n@13 an array [ 2 ]", "c@32 an object {\"d\":null}"])
    }

    @Test func keysAreComparedAfterUnescaping() {
        #expect(throws: JSONError(.duplicateKey("code"), at: 10)) {
            try self.read(#"{"code":1,"\u0063ode":2}"#) { try $0.members(limit: 10) { _, _ in } }
        }
        #expect(throws: JSONError(.duplicateKey("\u{FFFD}\u{FFFD}\u{FFFD}"), at: 12)) {
            try self.read(#"{"\ud800":1,"\uD800":2}"#) { try $0.members(limit: 10) { _, _ in } }
        }
        #expect(throws: Never.self) {
            try self.read(#"{"\ud800":1,"\ud801":2,"code":1,"Code":2}"#) { try $0.members(limit: 10) { _, _ in } }
        }
    }

    @Test(arguments: [0, 1, 1000]) func anObjectHasAtMostAsManyMembersAsTheCallerAccepts(limit: Int) {
        func object(_ count: Int) -> String {
            "{" + (0..<count).map { "\"k\($0)\":{}" }.joined(separator: ",") + "}"
        }
        var seen = 0
        #expect(throws: Never.self) {
            try self.read(object(limit)) { try $0.members(limit: limit) { _, _ in seen += 1 } }
        }
        #expect(seen == limit)
        let over = object(limit + 1)
        // The key of the first member over the limit, which is the last one.
        let offset = over.utf8.count - "\"k\(limit)\":{}}".utf8.count
        #expect(throws: JSONError(.tooManyMembers(limit: limit), at: offset)) {
            try self.read(over) { try $0.members(limit: limit) { _, _ in } }
        }
        // The members of an object inside count by themselves.
        #expect(throws: Never.self) {
            try self.read("{\"a\":\(over),\"b\":0}") { try $0.members(limit: 2) { _, _ in } }
        }
    }

    @Test func elementsComeInOrderAndWhatIsNotPassedIsSkipped() throws {
        var kinds: [String] = []
        let rest = try self.read(#"[1,"x",[[],{}],{"a":[1]},null,true]"#) { reader in
            try reader.elements { reader, index in
                kinds.append("\(index) \(try reader.peek().phrase)")
                if index == 1 { try reader.skip() }
            }
            try reader.finish()
            return reader.position
        }
        #expect(kinds == ["0 a number", "1 a string", "2 an array", "3 an object", "4 null", "5 a boolean"])
        #expect(rest == 35)
    }

    @Test func containersInsideEachOtherCountTowardsTheLimit() throws {
        func walk(_ reader: inout JSONReader) throws {
            if try reader.peek() == .array { try reader.elements { reader, _ in try walk(&reader) } }
        }
        try self.read("[[[]],[[]]]", maximumNesting: 3) { try walk(&$0) }
        #expect(throws: JSONError(.tooDeep(limit: 2), at: 2)) {
            try self.read("[[[]]]", maximumNesting: 2) { try walk(&$0) }
        }
        #expect(throws: JSONError(.tooDeep(limit: 2), at: 2)) {
            try self.read("[[[]]]", maximumNesting: 2) { try $0.elements { _, _ in } }
        }
        #expect(throws: JSONError(.tooDeep(limit: 1), at: 5)) {
            try self.read(#"{"a":[]}"#, maximumNesting: 1) { try $0.members(limit: 10) { _, _ in } }
        }
    }

    @Test func errorsOfTheCallerEndTheReading() {
        struct Enough: Error {}
        #expect(throws: Enough.self) {
            try self.read(#"{"a":1,!"#) { try $0.members(limit: 10) { _, _ in throw Enough() } }
        }
    }

    @Test(arguments: ["{", #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,"#, #"{"a":1,}"#, "{1:2}", "[1]", "", #"{"a":1]"#])
    func faultyObjectsAreRefused(text: String) {
        #expect(throws: JSONError.self) { try self.read(text) { try $0.members(limit: 10) { _, _ in } } }
    }

    @Test(arguments: ["[", "[1", "[1,", "[1,]", "[,]", "{}", "", "[1}", "[1 2]"])
    func faultyArraysAreRefused(text: String) {
        #expect(throws: JSONError.self) { try self.read(text) { try $0.elements { _, _ in } } }
        #expect(throws: JSONError.self) { try self.read(text) { try $0.skipArrayOfObjects() } }
    }
}

extension String {
    /// The text at a range of UTF-8 offsets.
    fileprivate func utf8Text(_ range: Range<Int>) -> String {
        String(decoding: Array(self.utf8)[range], as: UTF8.self)
    }
}
