/// Sizes as people read them.
public enum ByteText {
    /// In the largest unit that leaves at least one, such as `64 MiB`. What is left over is dropped.
    public static func text(_ count: Int) -> String {
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where count >= size {
            return "\(count / size) \(unit)"
        }
        return "\(count) bytes"
    }

    /// A part of a whole, such as `255 MiB of 256 MiB`: never more than all of it, and never less than nothing.
    public static func share(_ count: Int, of whole: Int) -> String {
        "\(self.text(min(max(0, count), whole))) of \(self.text(whole))"
    }
}
