/// n8n's name for a setting, and how a value is read that is given under it.
struct N8NName<Value: Sendable>: Sendable {
    var variable: String
    var format: N8NFormat<Value>
    /// Which of `X` and `X_FILE` counts where both are given: n8n's runner takes `X`, its launcher the file.
    var prefersFile: Bool

    static func named(_ variable: String, _ format: N8NFormat<Value>, prefersFile: Bool = false) -> Self {
        Self(variable: variable, format: format, prefersFile: prefersFile)
    }
}

/// Reads what n8n's runner or launcher starts with, which is more than ``SettingFormat`` accepts for our own names.
///
/// A runner that refuses a value that n8n's runner takes is started again and again by n8n's launcher. What cannot be
/// taken as it is written is replaced by something near it, with a warning; never by something that permits more.
struct N8NFormat<Value: Sendable>: Sendable {
    struct Reading {
        var value: Value
        /// What differs from the text, to complete the sentence `VARIABLE="text": …`.
        var warning: String?
    }

    var parse: @Sendable (String) throws(UnacceptableValue) -> Reading
}

extension N8NFormat where Value == Bool {
    /// `true`, `1`, `false` and `0` in any case. n8n's runner takes any other text for false.
    ///
    /// - Parameter otherwise: The value for any other text: the one that permits less.
    /// - Returns: The format.
    static func boolean(otherwise: Bool) -> Self {
        Self { (text) throws(UnacceptableValue) in
            switch PythonText.stripped(text).lowercased() {
            case "true", "1": return Reading(value: true)
            case "false", "0": return Reading(value: false)
            case "" where !otherwise: return Reading(value: false)
            default: return Reading(value: otherwise, warning: "is neither true nor false; \(otherwise) is used")
            }
        }
    }
}

extension N8NFormat where Value == Int {
    /// A whole number as Python's `int` reads it.
    ///
    /// - Parameters:
    ///   - range: What the service can work with.
    ///   - clamped: Whether n8n's runner starts with other numbers, so that the nearest one is taken.
    /// - Returns: The format.
    static func wholeNumber(_ range: ClosedRange<Int>, clamped: Bool) -> Self {
        Self { (text) throws(UnacceptableValue) in
            guard let number = PythonText.integer(text) else { throw UnacceptableValue() }
            return try Self.reading(number, range, clamped: clamped) { "\($0)" }
        }
    }

    /// A number of bytes, with our units as well. Others than those of `range` become the nearest of it.
    static func size(_ range: ClosedRange<Int>) -> Self {
        Self { (text) throws(UnacceptableValue) in
            guard let number = PythonText.integer(text) ?? SettingText.bytes(PythonText.stripped(text)) else {
                throw UnacceptableValue()
            }
            return try Self.reading(number, range, clamped: true, SettingText.size)
        }
    }

    private static func reading(
        _ number: Int,
        _ range: ClosedRange<Int>,
        clamped: Bool,
        _ write: (Int) -> String
    ) throws(UnacceptableValue) -> Reading {
        if range.contains(number) { return Reading(value: number) }
        guard clamped else { throw UnacceptableValue() }
        let nearest = min(max(number, range.lowerBound), range.upperBound)
        let bound = number < nearest ? "smallest" : "largest"
        return Reading(value: nearest, warning: "\(write(nearest)) is used, the \(bound) number that is accepted")
    }
}

extension N8NFormat where Value == Duration {
    /// Seconds as Python's `int` reads them, or with a fraction. A time that is too long becomes the longest; one that
    /// is too short is refused by n8n's runner as well.
    static func seconds(from least: Duration, to most: Duration) -> Self {
        Self { (text) throws(UnacceptableValue) in
            let value: Duration
            if let seconds = PythonText.integer(text) {
                value = .seconds(min(max(seconds, -1), 1 << 40))
            } else if let duration = SettingText.duration(PythonText.stripped(text)) {
                value = duration
            } else {
                throw UnacceptableValue()
            }
            guard value >= least else { throw UnacceptableValue() }
            if value <= most { return Reading(value: value) }
            let seconds = SettingText.seconds(most)
            return Reading(value: most, warning: "\(seconds) is used, the largest number that is accepted")
        }
    }
}

extension N8NFormat where Value == Settings.LogLevel {
    /// Any case, and the names of Python's and the launcher's levels. Any other text means info.
    static var logLevel: Self {
        Self { (text) throws(UnacceptableValue) in
            let aliases: [String: Settings.LogLevel] = ["warn": .warning, "fatal": .critical, "notset": .trace]
            let name = PythonText.stripped(text).lowercased()
            if let level = Settings.LogLevel(rawValue: name) ?? aliases[name] { return Reading(value: level) }
            return Reading(value: .info, warning: name.isEmpty ? nil : "is not a log level; info is used")
        }
    }
}

extension N8NFormat where Value == [String] {
    /// Module names, groups, or `*` alone. n8n's runner takes any text between two commas; one that cannot name a
    /// module allows nothing.
    static func modules(groups: Set<String>) -> Self {
        Self { (text) throws(UnacceptableValue) in
            let names = PythonText.list(text)
            guard !names.contains("*") || names.count == 1 else {
                throw UnacceptableValue(reason: "* must stand alone, since it allows every module")
            }
            return Self.reading(names, of: "a module") {
                $0 == "*" || groups.contains($0) || SettingText.isModuleName($0)
            }
        }
    }

    /// Names of built-ins. One that cannot name any denies nothing, as in n8n's runner.
    static var builtins: Self {
        Self { (text) throws(UnacceptableValue) in
            Self.reading(PythonText.list(text), of: "a built-in") { SettingText.isIdentifier($0) }
        }
    }

    private static func reading(_ names: [String], of kind: String, where isName: (String) -> Bool) -> Reading {
        let skipped = names.filter { !isName($0) }
        guard !skipped.isEmpty else { return Reading(value: names) }
        let shown = skipped.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
        let more = skipped.count > 5 ? " and \(skipped.count - 5) more" : ""
        return Reading(value: names.filter(isName), warning: "not the name of \(kind), so skipped: \(shown)\(more)")
    }
}

extension N8NFormat where Value == String {
    /// An address with blanks around it, and its scheme in any case; `ws` and `wss` mean the same broker.
    static var httpURI: Self {
        Self { (text) throws(UnacceptableValue) in
            let text = PythonText.stripped(text)
            let scheme = text.prefix { $0 != ":" }
            let schemes = ["http": "http", "https": "https", "ws": "http", "wss": "https"]
            guard let known = schemes[scheme.lowercased()] else { throw UnacceptableValue() }
            return Reading(value: try SettingFormat.httpURI.parse(known + text.dropFirst(scheme.count)))
        }
    }

    /// A host name or an address; n8n's runner takes an empty one for every address of the machine.
    static var host: Self {
        Self { (text) throws(UnacceptableValue) in
            let text = PythonText.stripped(text)
            guard !text.isEmpty else {
                return Reading(value: "0.0.0.0", warning: "is empty; 0.0.0.0 is used, every address of the machine")
            }
            return Reading(value: try SettingFormat.host.parse(text))
        }
    }
}

extension N8NFormat where Value == String? {
    /// A token that goes into a header, where blanks around it do not count.
    static var headerToken: Self {
        Self { (text) throws(UnacceptableValue) in
            Reading(value: try SettingFormat.secret.parse(PythonText.stripped(text)))
        }
    }

    /// A token that goes into a JSON body: any text, which n8n compares with its own character by character.
    static var bodyToken: Self {
        Self { (text) throws(UnacceptableValue) in Reading(value: text.isEmpty ? nil : text) }
    }
}
