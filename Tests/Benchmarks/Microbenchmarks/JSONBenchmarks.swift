import JSONBytes

/// The broker's look at items, which it checks and finds but never builds.
enum JSONBenchmarks {
    /// 100,000 items as they come from a table, about ten megabytes.
    static let items: [UInt8] = {
        var text = "["
        for index in 0..<100_000 {
            if index > 0 { text += "," }
            text += #"{"json":{"id":\#(index),"name":"customer \#(index % 977)","total":\#(index % 100_000).25,"#
            text += #""active":\#(index % 2 == 0),"note":null,"tags":["a","b"]}}"#
        }
        return Array((text + "]").utf8)
    }()

    /// Ten megabytes in one string, with an escape every hundred bytes.
    private static let text: [UInt8] = {
        let piece = String(repeating: "Ein längerer Text ohne Besonderheiten. ", count: 2) + #"Zeile\n"#
        return Array("\"\(String(repeating: piece, count: 115_000))\"".utf8)
    }()

    static func run() throws -> [Figure] {
        let body = Array(#"{"code":"return _items","items":"#.utf8) + Self.items + Array(#","mode":"all_items"}"#.utf8)
        let medians = try Stopwatch.medians(
            samples: 21,
            [
                { try JSONText.validateArrayOfObjects(Self.items[...], maximumNesting: 64) },
                { try JSONText.validate(Self.text[...], maximumNesting: 64) },
                { try Self.scan(body) },
                { _ = JSONValue.string(Self.text[...]) },
            ]
        )
        func rate(_ name: String, _ bytes: Int, _ nanoseconds: Double) -> Figure {
            Figure(name: name, value: Double(bytes) / nanoseconds * 1000, unit: "MB/s")
        }
        return [
            rate("json: check a result of 100,000 items", Self.items.count, medians[0]),
            rate("json: check one long string", Self.text.count, medians[1]),
            rate("json: find code and items in a request", body.count, medians[2]),
            rate("json: take the escapes out of a long string", Self.text.count, medians[3]),
        ]
    }

    /// As the front ends read a request.
    private static func scan(_ body: [UInt8]) throws {
        try body.withUnsafeBytes { buffer in
            var reader = JSONReader(buffer, maximumNesting: 64)
            try reader.members(limit: 100) { reader, key in
                if key.text == "items" { _ = try reader.skipArrayOfObjects() } else { _ = try reader.skip() }
            }
            try reader.finish()
        }
    }
}
