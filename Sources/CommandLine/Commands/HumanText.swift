import Glibc
import Text

/// Formats times, sizes and counts for people.
enum HumanText {
    /// A time in its two largest units: `12 s`, `3 m 10 s`, `2 d 4 h`.
    static func time(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
        if days > 0 { return "\(days) d \(hours % 24) h" }
        if hours > 0 { return "\(hours) h \(minutes % 60) m" }
        if minutes > 0 { return "\(minutes) m \(seconds % 60) s" }
        return "\(seconds) s"
    }

    /// A count of bytes in MiB with one decimal.
    static func memory(_ bytes: Int) -> String {
        let tenths = max(0, bytes) / (1 << 20) * 10 + max(0, bytes) % (1 << 20) * 10 / (1 << 20)
        return "\(tenths / 10).\(tenths % 10) MiB"
    }

    /// A count with its noun: `1 task`, `2 tasks`.
    static func count(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
    }

    /// The current time, in milliseconds since 1970.
    static var now: Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }

    /// A time, given in milliseconds since 1970, as text in UTC (RFC 3339).
    static func clock(_ milliseconds: Int) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "-" }
        func two(_ value: CInt) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}
