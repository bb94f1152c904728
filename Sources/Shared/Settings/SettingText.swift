import Text

/// Reads and writes the texts of settings without Foundation: numbers, sizes, durations, lists and names.
public enum SettingText {
    /// A decimal number without sign, spaces or separators.
    static func wholeNumber(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    /// A number of bytes, with an optional `K`, `M` or `G` for powers of 1024.
    static func bytes(_ text: String) -> Int? {
        let shifts: [Character: Int] = ["K": 10, "k": 10, "M": 20, "m": 20, "G": 30, "g": 30]
        guard let last = text.last, let shift = shifts[last] else { return Self.wholeNumber(text) }
        guard let number = Self.wholeNumber(text.dropLast()) else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : value
    }

    /// Writes a number of bytes with the largest unit that divides it.
    static func size(_ bytes: Int) -> String {
        for (unit, shift) in [("G", 30), ("M", 20), ("K", 10)] where bytes > 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)"
    }

    /// Seconds with an optional fraction of up to nine digits.
    static func duration(_ text: some StringProtocol) -> Duration? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = parts.first.flatMap({ Self.wholeNumber($0) }), seconds < 1 << 40 else { return nil }
        guard parts.count == 2 else { return .seconds(seconds) }
        let digits = parts[1]
        guard digits.utf8.count <= 9, let fraction = Self.wholeNumber(digits) else { return nil }
        var nanoseconds = fraction
        for _ in digits.utf8.count..<9 { nanoseconds *= 10 }
        return .seconds(seconds) + .nanoseconds(nanoseconds)
    }

    /// A duration as users type it: `90`, `1.5s`, `250ms`, `2m`, `1h` or `1m30s`, with larger units first. Nil for any other
    /// text.
    public static func humanDuration(_ text: String) -> Duration? {
        guard text.unicodeScalars.contains(where: Self.isLetter) else { return Self.duration(text) }
        var units: ArraySlice<(name: String, milliseconds: Int)> = [
            ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
        ]
        var rest = text.unicodeScalars[...]
        var total = Duration.zero
        while !rest.isEmpty {
            let number = rest.prefix { !Self.isLetter($0) }
            rest = rest[number.endIndex...]
            let name = rest.prefix(while: Self.isLetter)
            rest = rest[name.endIndex...]
            guard let unit = units.firstIndex(where: { $0.name.unicodeScalars.elementsEqual(name) }),
                let count = Self.duration(Substring(number)), count < .seconds(1 << 30)
            else { return nil }
            total += count / 1000 * units[unit].milliseconds
            units = units[(unit + 1)...]
        }
        return total
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic }

    /// Writes a duration in seconds, with as many decimals as it needs, down to nanoseconds.
    public static func seconds(_ duration: Duration) -> String {
        DurationText.shortest(duration, in: .seconds, decimals: 9)
    }

    /// The elements between commas, without surrounding blanks. Empty and repeated elements are left out.
    static func list(_ text: String) -> [String] {
        var seen: Set<String> = []
        return text.split(separator: ",").map(Self.trimmed).filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// The text without blanks around it.
    static func trimmed(_ text: some StringProtocol) -> String {
        var bytes = String(text).utf8[...]
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return String(Substring(bytes))
    }

    /// Whether the text can be the name of a module: identifiers with dots between them.
    static func isModuleName(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { Self.isIdentifier($0) }
    }

    /// Whether the text is an identifier of Python. Beyond ASCII every letter is accepted, including the few that
    /// Python would refuse.
    static func isIdentifier(_ text: some StringProtocol) -> Bool {
        guard let first = text.unicodeScalars.first, !(0x30...0x39).contains(first.value) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar == "_" || (0x30...0x39).contains(scalar.value) || scalar.properties.isAlphabetic
                || scalar.properties.isXIDContinue
        }
    }

    /// Whether the text can be the name of a user of this machine.
    static func isUserName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 32, first == 0x5F || (0x61...0x7A).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
        }
    }
}
