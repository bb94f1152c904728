/// Durations as decimal numbers, rounded toward zero. Exact for every `Duration`: no floating point, no overflow.
public enum DurationText {
    /// The unit of the number.
    public enum Unit: Sendable {
        case seconds
        case milliseconds

        /// The exponent of ten by which this unit is larger than an attosecond.
        fileprivate var digitsBelow: Int {
            switch self {
            case .seconds: 18
            case .milliseconds: 15
            }
        }
    }

    /// The number with at most `decimals` digits after the point and without zeros at its end: `2`, `0.25`.
    ///
    /// - Parameters:
    ///   - duration: Any duration; a negative one gets a minus sign.
    ///   - unit: The unit of the number.
    ///   - decimals: From 0 to 15.
    /// - Returns: The number, without its unit.
    public static func shortest(_ duration: Duration, in unit: Unit, decimals: Int) -> String {
        var (sign, whole, fraction) = Self.parts(duration, unit, decimals)
        while fraction.last == "0" { fraction.removeLast() }
        // A negative duration that is rounded to zero gets no minus sign.
        if whole == "0", fraction.isEmpty { sign = "" }
        return fraction.isEmpty ? sign + whole : "\(sign)\(whole).\(fraction)"
    }

    /// The number with exactly `decimals` digits after the point: `2.0`, `0.2`. The parameters are those of
    /// ``shortest(_:in:decimals:)``.
    public static func fixed(_ duration: Duration, in unit: Unit, decimals: Int) -> String {
        let (sign, whole, fraction) = Self.parts(duration, unit, decimals)
        return fraction.isEmpty ? sign + whole : "\(sign)\(whole).\(fraction)"
    }

    private static func parts(
        _ duration: Duration,
        _ unit: Unit,
        _ decimals: Int
    ) -> (sign: String, whole: String, fraction: String) {
        precondition((0...15).contains(decimals), "\(decimals) decimals of a duration")
        let magnitude = duration.attoseconds.magnitude
        let scale = Self.powerOfTen(unit.digitsBelow - decimals)
        let perUnit = Self.powerOfTen(decimals)
        let (whole, rest) = (magnitude / scale).quotientAndRemainder(dividingBy: perUnit)
        let digits = String(rest)
        let fraction = decimals == 0 ? "" : String(repeating: "0", count: decimals - digits.utf8.count) + digits
        return (duration < .zero ? "-" : "", String(whole), fraction)
    }

    private static func powerOfTen(_ exponent: Int) -> UInt128 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
