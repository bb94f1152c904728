import Tasks

/// One format of settings: which texts are accepted, how they are read, and how a value is written. The formats are static
/// members, grouped by the type of the value.
struct SettingFormat<Value: Sendable>: Sendable {
    /// The accepted texts, to complete the line "accepted: …".
    var accepts: String
    var parse: @Sendable (String) throws(UnacceptableValue) -> Value
    /// Writes a value so that ``parse`` reads it back.
    var text: @Sendable (Value) -> String
}

extension SettingFormat where Value == Int {
    static func count(_ range: ClosedRange<Int>) -> Self {
        Self(
            accepts: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { (text) throws(UnacceptableValue) in
                guard let value = SettingText.wholeNumber(text), range.contains(value) else {
                    throw UnacceptableValue()
                }
                return value
            },
            text: { "\($0)" }
        )
    }

    static func size(_ range: ClosedRange<Int>) -> Self {
        Self(
            accepts: "a number of bytes from \(SettingText.size(range.lowerBound)) to"
                + " \(SettingText.size(range.upperBound)), with K, M or G for powers of 1024",
            parse: { (text) throws(UnacceptableValue) in
                guard let value = SettingText.bytes(text), range.contains(value) else { throw UnacceptableValue() }
                return value
            },
            text: { SettingText.size($0) }
        )
    }
}

extension SettingFormat where Value == Int? {
    /// A whole number, or `auto`.
    static func countOrAutomatic(_ range: ClosedRange<Int>) -> Self {
        Self(
            accepts: "auto, or a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { (text) throws(UnacceptableValue) in
                if text == "auto" { return nil }
                guard let value = SettingText.wholeNumber(text), range.contains(value) else {
                    throw UnacceptableValue()
                }
                return value
            },
            text: { $0.map { "\($0)" } ?? "auto" }
        )
    }

    /// A number of bytes, or `auto`.
    static func sizeOrAutomatic(_ range: ClosedRange<Int>) -> Self {
        let size = SettingFormat<Int>.size(range)
        return Self(
            accepts: "auto, or \(size.accepts)",
            parse: { (text) throws(UnacceptableValue) in text == "auto" ? nil : try size.parse(text) },
            text: { $0.map(size.text) ?? "auto" }
        )
    }
}

extension SettingFormat where Value == Duration {
    static func seconds(from least: Duration, to most: Duration) -> Self {
        Self(
            accepts: "seconds from \(SettingText.seconds(least)) to \(SettingText.seconds(most)), fractions allowed",
            parse: { (text) throws(UnacceptableValue) in
                guard let value = SettingText.duration(text), least <= value, value <= most else {
                    throw UnacceptableValue()
                }
                return value
            },
            text: { SettingText.seconds($0) }
        )
    }
}

extension SettingFormat where Value == Duration? {
    /// Seconds, or `auto`, which means the value of `TASK_TIMEOUT`.
    static func secondsOrAutomatic(from least: Duration, to most: Duration) -> Self {
        let seconds = SettingFormat<Duration>.seconds(from: least, to: most)
        return Self(
            accepts: "auto (as TASK_TIMEOUT), or \(seconds.accepts)",
            parse: { (text) throws(UnacceptableValue) in text == "auto" ? nil : try seconds.parse(text) },
            text: { $0.map(seconds.text) ?? "auto" }
        )
    }
}

extension SettingFormat where Value == Bool {
    static var boolean: Self {
        Self(
            accepts: "true or false",
            parse: { (text) throws(UnacceptableValue) in
                switch text {
                case "true": return true
                case "false": return false
                default: throw UnacceptableValue()
                }
            },
            text: { $0 ? "true" : "false" }
        )
    }
}

extension SettingFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// The raw value of a case, or another name for a case.
    static func choice(aliases: [String: Value] = [:]) -> Self {
        Self(
            accepts: Value.allCases.map(\.rawValue).joined(separator: ", "),
            parse: { (text) throws(UnacceptableValue) in
                guard let value = Value(rawValue: text) ?? aliases[text] else { throw UnacceptableValue() }
                return value
            },
            text: { $0.rawValue }
        )
    }
}

extension SettingFormat where Value == SandboxMode {
    static var sandboxMode: Self {
        Self(
            accepts: SandboxMode.allCases.map(\.name).joined(separator: ", "),
            parse: { (text) throws(UnacceptableValue) in
                guard let mode = SandboxMode.allCases.first(where: { $0.name == text }) else {
                    throw UnacceptableValue()
                }
                return mode
            },
            text: { $0.name }
        )
    }
}

extension SettingFormat where Value == String? {
    /// A text that is never shown. An empty text means that the setting is not set, because compose files pass unset
    /// variables on as empty ones.
    static var secret: Self {
        Self(
            accepts: "a token without spaces",
            parse: { (text) throws(UnacceptableValue) in
                guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                    throw UnacceptableValue(reason: "it contains a space or a control character")
                }
                return text.isEmpty ? nil : text
            },
            text: { $0 == nil ? "" : "<redacted>" }
        )
    }
}

extension SettingFormat where Value == String {
    static var httpURI: Self {
        Self(
            accepts: "http://HOST:PORT or https://HOST:PORT",
            parse: { (text) throws(UnacceptableValue) in
                let rest = text.hasPrefix("http://") ? text.dropFirst(7) : text.dropFirst(8)
                guard text.hasPrefix("http://") || text.hasPrefix("https://"), let first = rest.utf8.first,
                    first != UInt8(ascii: "/"), first != UInt8(ascii: ":"),
                    text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
                else { throw UnacceptableValue() }
                guard !rest.utf8.contains(UInt8(ascii: "@")) else {
                    throw UnacceptableValue(reason: "the address must not contain credentials")
                }
                return text
            },
            text: { $0 }
        )
    }

    static var host: Self {
        Self(
            accepts: "a host name or an address",
            parse: { (text) throws(UnacceptableValue) in
                guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw UnacceptableValue() }
                return text
            },
            text: { $0 }
        )
    }
}
