/// The identifier of a task: 32 lower-case hexadecimal digits. It is random, so that a client cannot guess the
/// identifiers of other users' tasks.
public struct TaskID: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// Draws a fresh identifier from `generator`, which callers inject so that state machines stay deterministic.
    public init(using generator: inout some RandomNumberGenerator) {
        let high = generator.next() as UInt64
        let low = generator.next() as UInt64
        self.description = Self.hexadecimal(high) + Self.hexadecimal(low)
    }

    /// Parses an identifier received from a client; nil when the text does not have the form of an identifier.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.description = String(text)
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
