/// The parser of the configuration file: lines `KEY=VALUE`, comments on lines of their own, optional quotes, no expansion.
/// The keys are checked against the settings in ``SettingSource``.
package struct KeyValueFile {
    package struct Entry: Equatable {
        package var key: String
        package var value: String
        /// Counted from 1.
        package var line: Int
    }

    /// The error for a line that is neither blank nor a comment, and does not have the form `KEY=VALUE`.
    package struct MalformedLine: Error, Equatable {
        package var line: Int
        package var reason: String
    }

    package var entries: [Entry] = []

    package init(_ text: String) throws(MalformedLine) {
        var text = text[...]
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        var number = 0
        // The text is split by bytes, because a carriage return and a line feed together are one Character.
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if let entry = try Self.entry(String(decoding: content, as: UTF8.self), number) {
                self.entries.append(entry)
            }
        }
    }

    private static func entry(_ line: String, _ number: Int) throws(MalformedLine) -> Entry? {
        let content = SettingText.trimmed(line)
        guard let first = content.utf8.first, first != UInt8(ascii: "#") else { return nil }
        guard let equals = content.firstIndex(of: "=") else {
            throw MalformedLine(line: number, reason: "it has no =")
        }
        let key = SettingText.trimmed(content[..<equals])
        guard Self.isVariableName(key) else {
            throw MalformedLine(line: number, reason: "the text before the = is not the name of a variable")
        }
        guard content.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
            throw MalformedLine(line: number, reason: "it contains a control character")
        }
        let value = SettingText.trimmed(content[content.index(after: equals)...])
        guard let quote = value.first, quote == "\"" || quote == "'" else {
            return Entry(key: key, value: value, line: number)
        }
        guard value.utf8.count >= 2, value.last == quote else {
            throw MalformedLine(line: number, reason: "the quote \(quote) is not closed at the end of the line")
        }
        return Entry(key: key, value: String(value.dropFirst().dropLast()), line: number)
    }

    private static func isVariableName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
    }
}
