/// The place of a request in a distributed trace: the header `traceparent` of W3C Trace Context.
public struct TraceContext: Equatable, Sendable {
    /// The identifier of the trace: 32 lower-case hexadecimal digits, not all zero.
    public var traceID: String
    /// The identifier of the caller's span: 16 lower-case hexadecimal digits, not all zero.
    public var parentID: String
    /// Two hexadecimal digits. The last bit tells whether the caller records the trace.
    public var flags: String

    /// Parses the value of the header; nil when it is invalid and must be ignored. For versions after 00, the fields of
    /// version 00 are read and further ones are ignored, as the specification demands.
    public init?(_ header: some StringProtocol) {
        // The limit is far above the length in any version. It is needed because the client chooses the length.
        guard header.utf8.count <= 512 else { return nil }
        let fields = header.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, Self.isHexadecimal(fields[0], 2), fields[0] != "ff",
            fields[0] != "00" || fields.count == 4, Self.isHexadecimal(fields[1], 32),
            Self.isHexadecimal(fields[2], 16), Self.isHexadecimal(fields[3], 2),
            fields[1].utf8.contains(where: { $0 != 0x30 }), fields[2].utf8.contains(where: { $0 != 0x30 })
        else { return nil }
        self.traceID = String(fields[1])
        self.parentID = String(fields[2])
        self.flags = String(fields[3])
    }

    /// The header, in version 00, for a span of this trace. The identifier of the span is the first 16 digits of `id`, the
    /// identifier of a request or a task.
    public func header(for id: TaskID) -> String {
        "00-\(self.traceID)-\(Self.span(of: id))-\(self.flags)"
    }

    /// The span of a request or a task.
    public static func span(of id: TaskID) -> String {
        let span = id.description.prefix(16)
        // An identifier of zeros is not valid for a span. A random `id` practically never begins with 16 zeros.
        return span.utf8.allSatisfy { $0 == 0x30 } ? "0000000000000001" : String(span)
    }

    /// The fields of the received header, written in version 00.
    public var header: String { "00-\(self.traceID)-\(self.parentID)-\(self.flags)" }

    private static func isHexadecimal(_ text: some StringProtocol, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
