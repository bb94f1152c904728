/// Where a request belongs in a distributed trace: the header `traceparent` of W3C Trace Context.
public struct TraceContext: Equatable, Sendable {
    /// The trace: 32 lower-case hexadecimal digits, not all zero.
    public var traceID: String
    /// The caller's span: 16 of them.
    public var parentID: String
    /// Two of them; the last bit says whether the caller records the trace.
    public var flags: String

    /// Reads the value of the header; nil when it is invalid, and is to be ignored then. Of versions after 00 the fields of version
    /// 00 are read, as the specification demands.
    public init?(_ header: some StringProtocol) {
        // Far more than any version has; the header may have any length.
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

    /// The header of version 00 for a span of this trace, which the first 16 digits of the identifier of a request or a task name.
    public func header(for id: TaskID) -> String {
        let span = id.description.prefix(16)
        // Zero is no span. That an identifier begins so is as good as impossible.
        let isZero = span.utf8.allSatisfy { $0 == 0x30 }
        return "00-\(self.traceID)-\(isZero ? "0000000000000001" : span)-\(self.flags)"
    }

    /// The header as it was received, in version 00.
    public var header: String { "00-\(self.traceID)-\(self.parentID)-\(self.flags)" }

    private static func isHexadecimal(_ text: some StringProtocol, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
