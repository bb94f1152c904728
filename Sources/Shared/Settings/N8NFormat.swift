/// How values under n8n's names are read. A text is accepted if n8n's runner or launcher starts with it. That is more than
/// ``SettingFormat`` accepts under our own names.
///
/// If a runner refuses a value, n8n's launcher restarts it again and again. So a value that cannot be used as it is written
/// is replaced by a similar value, with a warning. The replacement never permits more than the written value.
struct N8NFormat<Value: Sendable>: Sendable {
    struct Parsed {
        var value: Value
        /// How the value differs from the text, to complete the line `VARIABLE="text": …`; nil if it does not differ.
        var warning: String?
    }

    var parse: @Sendable (String) throws(UnacceptableValue) -> Parsed
}

extension N8NFormat where Value == Bool {
    /// `true`, `1`, `false` and `0` in any case. n8n's runner takes any other text for false.
    ///
    /// - Parameter otherwise: The value for any other text; it must be the one that permits less.
    /// - Returns: The format.
    static func boolean(otherwise: Bool) -> Self {
        Self { (text) throws(UnacceptableValue) in
            switch PythonLiteral.stripped(text).lowercased() {
            case "true", "1": return Parsed(value: true)
            case "false", "0": return Parsed(value: false)
            case "" where !otherwise: return Parsed(value: false)
            default: return Parsed(value: otherwise, warning: "is neither true nor false; \(otherwise) is used")
            }
        }
    }
}

extension N8NFormat where Value == Int {
    /// A whole number as Python's `int` reads it.
    ///
    /// - Parameters:
    ///   - range: The numbers that the service accepts.
    ///   - clamped: Whether a number outside of `range` becomes the nearest number in it, because n8n's runner starts with
    ///     such numbers; otherwise it is refused.
    /// - Returns: The format.
    static func wholeNumber(_ range: ClosedRange<Int>, clamped: Bool) -> Self {
        Self { (text) throws(UnacceptableValue) in
            guard let number = PythonLiteral.integer(text) else { throw UnacceptableValue() }
            return try Self.parsed(number, range, clamped: clamped) { "\($0)" }
        }
    }

    /// A number of bytes, also with the units of our own names (`K`, `M`, `G`). A number outside of `range` becomes the
    /// nearest number in it.
    static func size(_ range: ClosedRange<Int>) -> Self {
        Self { (text) throws(UnacceptableValue) in
            guard let number = PythonLiteral.integer(text) ?? SettingText.bytes(PythonLiteral.stripped(text)) else {
                throw UnacceptableValue()
            }
            return try Self.parsed(number, range, clamped: true, SettingText.size)
        }
    }

    private static func parsed(
        _ number: Int,
        _ range: ClosedRange<Int>,
        clamped: Bool,
        _ write: (Int) -> String
    ) throws(UnacceptableValue) -> Parsed {
        if range.contains(number) { return Parsed(value: number) }
        guard clamped else { throw UnacceptableValue() }
        let nearest = min(max(number, range.lowerBound), range.upperBound)
        let bound = number < nearest ? "smallest" : "largest"
        return Parsed(value: nearest, warning: "\(write(nearest)) is used, the \(bound) number that is accepted")
    }
}

extension N8NFormat where Value == Duration {
    /// Seconds as Python's `int` reads them, or with a fraction. A time over `most` becomes `most`. A time below `least` is
    /// refused, because n8n's runner refuses it too.
    static func seconds(from least: Duration, to most: Duration) -> Self {
        Self { (text) throws(UnacceptableValue) in
            let value: Duration
            if let seconds = PythonLiteral.integer(text) {
                value = .seconds(min(max(seconds, -1), 1 << 40))
            } else if let duration = SettingText.duration(PythonLiteral.stripped(text)) {
                value = duration
            } else {
                throw UnacceptableValue()
            }
            guard value >= least else { throw UnacceptableValue() }
            if value <= most { return Parsed(value: value) }
            let seconds = SettingText.seconds(most)
            return Parsed(value: most, warning: "\(seconds) is used, the largest number that is accepted")
        }
    }
}

extension N8NFormat where Value == ServiceSettings.LogLevel {
    /// The names of Python's and the launcher's levels in any case. Any other text means info.
    static var logLevel: Self {
        Self { (text) throws(UnacceptableValue) in
            let aliases: [String: ServiceSettings.LogLevel] = ["warn": .warning, "fatal": .critical, "notset": .trace]
            let name = PythonLiteral.stripped(text).lowercased()
            if let level = ServiceSettings.LogLevel(rawValue: name) ?? aliases[name] { return Parsed(value: level) }
            return Parsed(value: .info, warning: name.isEmpty ? nil : "is not a log level; info is used")
        }
    }
}

extension N8NFormat where Value == [String] {
    /// Module names, groups, or `*` alone. n8n's runner accepts any text between two commas; a text that cannot name a
    /// module is skipped.
    static func modules(groups: Set<String>) -> Self {
        Self { (text) throws(UnacceptableValue) in
            let names = PythonLiteral.list(text)
            guard !names.contains("*") || names.count == 1 else {
                throw UnacceptableValue(reason: "* must be the only value, since it allows every module")
            }
            return Self.parsed(names, of: "a module") {
                $0 == "*" || groups.contains($0) || SettingText.isModuleName($0)
            }
        }
    }

    /// Names of built-ins. A text that cannot be the name of a built-in is skipped: it has no effect in n8n's runner either.
    static var builtins: Self {
        Self { (text) throws(UnacceptableValue) in
            Self.parsed(PythonLiteral.list(text), of: "a built-in") { SettingText.isIdentifier($0) }
        }
    }

    private static func parsed(_ names: [String], of kind: String, where isName: (String) -> Bool) -> Parsed {
        let skipped = names.filter { !isName($0) }
        guard !skipped.isEmpty else { return Parsed(value: names) }
        let shown = skipped.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
        let more = skipped.count > 5 ? " and \(skipped.count - 5) more" : ""
        return Parsed(value: names.filter(isName), warning: "not the name of \(kind), so skipped: \(shown)\(more)")
    }
}

extension N8NFormat where Value == String {
    /// An address, stripped, with its scheme in any case; `ws` and `wss` are read as `http` and `https`.
    static var httpURI: Self {
        Self { (text) throws(UnacceptableValue) in
            let text = PythonLiteral.stripped(text)
            let scheme = text.prefix { $0 != ":" }
            let schemes = ["http": "http", "https": "https", "ws": "http", "wss": "https"]
            guard let known = schemes[scheme.lowercased()] else { throw UnacceptableValue() }
            return Parsed(value: try SettingFormat.httpURI.parse(known + text.dropFirst(scheme.count)))
        }
    }

    /// A host name or an address. If it is empty, n8n's runner listens on every address of the machine.
    static var host: Self {
        Self { (text) throws(UnacceptableValue) in
            let text = PythonLiteral.stripped(text)
            guard !text.isEmpty else {
                return Parsed(value: "0.0.0.0", warning: "is empty; 0.0.0.0 is used, every address of the machine")
            }
            return Parsed(value: try SettingFormat.host.parse(text))
        }
    }
}

extension N8NFormat where Value == String? {
    /// A token for an HTTP header, without the blanks around it, which have no meaning in a header.
    static var headerToken: Self {
        Self { (text) throws(UnacceptableValue) in
            Parsed(value: try SettingFormat.secret.parse(PythonLiteral.stripped(text)))
        }
    }

    /// A token for a JSON body. Any text is accepted, because n8n compares the whole text with its own token.
    static var bodyToken: Self {
        Self { (text) throws(UnacceptableValue) in Parsed(value: text.isEmpty ? nil : text) }
    }
}
