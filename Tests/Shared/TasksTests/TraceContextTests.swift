import Tasks
import Testing

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00f067aa0ba902b7"

    @Test(arguments: ["00-\(trace)-\(parent)-01", "cc-\(trace)-\(parent)-01", "cc-\(trace)-\(parent)-01-what-ever"])
    func aHeaderIsRead(header: String) throws {
        let context = try #require(TraceContext(header))
        #expect(context.traceID == Self.trace && context.parentID == Self.parent && context.flags == "01")
        #expect(context.header == "00-\(Self.trace)-\(Self.parent)-01")
        let id = try #require(TaskID(String(repeating: "ab", count: 16)))
        #expect(context.header(for: id) == "00-\(Self.trace)-abababababababab-01")
        let zero = try #require(TaskID(String(repeating: "0", count: 32)))
        #expect(context.header(for: zero) == "00-\(Self.trace)-0000000000000001-01")
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-01-x", "ff-\(trace)-\(parent)-01",
        "00-\(trace.uppercased())-\(parent)-01", "00-\(trace)0-\(parent)-01", "00-\(trace)-\(parent)-0g",
        "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
        "cc-\(trace)-\(parent)-01-\(String(repeating: "x", count: 500))", " 00-\(trace)-\(parent)-01",
    ])
    func anInvalidHeaderIsNone(header: String) {
        #expect(TraceContext(header) == nil)
    }
}
