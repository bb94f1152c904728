import ArgumentParser

/// The character that separates the fields of a CSV file. It is an ASCII character.
struct CSVDelimiter: ExpressibleByArgument, Equatable, Sendable {
    var byte: UInt8

    static let comma = Self(byte: UInt8(ascii: ","))
    static let tab = Self(byte: UInt8(ascii: "\t"))

    init(byte: UInt8) {
        self.byte = byte
    }

    /// Parses an argument: one character, or `tab`; nil for anything else.
    init?(argument: String) {
        if argument == "tab" || argument == "\\t" {
            self = .tab
            return
        }
        guard argument.utf8.count == 1, let byte = argument.utf8.first, byte == 0x09 || (0x20..<0x7F).contains(byte),
            byte != UInt8(ascii: "\"")
        else { return nil }
        self.byte = byte
    }

    /// The comma, semicolon, tab or bar that is most frequent in the header; a comma if the header contains none of them.
    init(guessing bytes: [UInt8]) {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes.drop(while: { $0 == 0x0A || $0 == 0x0D }) {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0A { break }
            counts[byte, default: 0] += 1
        }
        self = .comma
        for candidate in [UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|")]
        where counts[candidate, default: 0] > counts[self.byte, default: 0] {
            self.byte = candidate
        }
    }

    /// The name of the character in a message.
    var phrase: String {
        self == .tab ? "tabs" : "\"\(String(UnicodeScalar(self.byte)))\""
    }
}
