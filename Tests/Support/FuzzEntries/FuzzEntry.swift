/// A parser of bytes from outside, with the properties that must hold for any bytes. The fuzz programs of `Tests/Fuzzing` and the
/// replay of their corpora in `FuzzingTests` call the same entries.
public struct FuzzEntry: Sendable, CustomStringConvertible {
    /// The name of its fuzz program, and of its folder in `Tests/Fuzzing/Corpora`.
    public let description: String
    /// Reads the bytes. Returns nil when every property holds, and otherwise which one does not.
    public let violation: @Sendable ([UInt8]) -> String?
    /// The names of what the bytes can be read as; nil when the seeds of the entry are not named by it.
    public var kinds: (@Sendable ([UInt8]) -> Set<String>)?

    public static let settings = Self(description: "FuzzSettings", violation: SettingsFuzz.violation)
    public static let client = Self(description: "FuzzClient", violation: ClientFuzz.violation)
    public static let items = Self(description: "FuzzItems", violation: ItemsFuzz.violation)
    public static let json = Self(description: "FuzzJSON", violation: JSONFuzz.violation, kinds: JSONFuzz.kinds)
    public static let bridge = Self(description: "FuzzBridge", violation: BridgeFuzz.violation, kinds: BridgeFuzz.kinds)

    /// Shows the bytes as they are, which breaks the property of texts for a terminal.
    public static let control = Self(description: "control") { bytes in
        TerminalSafety.violation(line: String(decoding: bytes, as: UTF8.self), of: "the text")
    }

    public static let all = [Self.settings, Self.client, Self.items, Self.json, Self.bridge]

    /// The body of `LLVMFuzzerTestOneInput`: ends the process when a property does not hold, which libFuzzer reports with the
    /// input.
    public func run(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        if let violation = self.violation(Array(UnsafeBufferPointer(start: start, count: count))) {
            fatalError("\(self.description): \(violation)")
        }
    }
}
