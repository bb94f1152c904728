/// Byte counts as text for people, in binary units.
public enum ByteText {
    /// The count in the largest unit of which there is at least one, rounded down: `64 MiB`, `1023 bytes`.
    public static func text(_ count: Int) -> String {
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where count >= size {
            return "\(count / size) \(unit)"
        }
        return "\(count) bytes"
    }

    /// A part of a whole, such as `255 MiB of 256 MiB`. The part is clamped to 0…whole, because a measured part may be
    /// larger.
    public static func share(_ count: Int, of whole: Int) -> String {
        "\(self.text(min(max(0, count), whole))) of \(self.text(whole))"
    }
}
