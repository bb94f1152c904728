public import Tasks

/// The one frame a broker sends to a worker: its task.
///
/// The code and the items are not copied into it: the sender writes ``head(for:)``, the code, the query if there is one, and
/// the items one after the other.
public struct TaskFrame: Sendable {
    static let kind: UInt8 = 1
    static let fixedSize = 13

    public var purpose: TaskPurpose
    public var mode: TaskMode
    public var dialect: TaskDialect
    public var continueOnFail: Bool
    public var code: ArraySlice<UInt8>
    public var query: ArraySlice<UInt8>?
    public var items: ArraySlice<UInt8>

    /// The header and the fixed fields of the frame that carries `request`.
    public static func head(for request: TaskRequest) -> [UInt8] {
        let length = Self.fixedSize + request.code.count + (request.query?.count ?? 0) + request.items.count
        var writer = WireWriter()
        writer.write(FrameHeader(kind: Self.kind, length: UInt32(length)).bytes)
        writer.write(request.purpose.rawValue)
        writer.write(request.mode.rawValue)
        writer.write(request.continueOnFail)
        writer.write(request.dialect.rawValue)
        writer.write(UInt32(request.code.count))
        writer.write(request.query != nil)
        writer.write(UInt32(request.query?.count ?? 0))
        return writer.bytes
    }

    /// The whole frame that carries `request`, where one more copy of its parts does not matter.
    public static func bytes(for request: TaskRequest) -> [UInt8] {
        self.head(for: request) + request.code + (request.query ?? []) + request.items
    }

    /// The most bytes of code, query and items together that one frame can carry.
    public static let maximumBody = Int(UInt32.max) - Self.fixedSize

    /// Reads a whole frame.
    ///
    /// - Throws: ``WireError`` when the bytes are not exactly one task.
    public init(bytes: [UInt8]) throws(WireError) {
        guard bytes.count >= FrameHeader.size else { throw .truncated }
        let header = try FrameHeader(bytes: bytes.prefix(FrameHeader.size))
        guard bytes.count == FrameHeader.size + Int(header.length) else { throw .truncated }
        try self.init(header: header, payload: Array(bytes.dropFirst(FrameHeader.size)))
    }

    /// Reads the frame whose header was `header`.
    ///
    /// - Throws: ``WireError`` when the payload is not a task.
    public init(header: FrameHeader, payload: [UInt8]) throws(WireError) {
        guard header.kind == Self.kind else { throw .unknownKind(header.kind) }
        var reader = WireReader(payload)
        guard let purpose = TaskPurpose(rawValue: try reader.readUInt8()) else { throw .invalidField("purpose") }
        guard let mode = TaskMode(rawValue: try reader.readUInt8()) else { throw .invalidField("mode") }
        self.purpose = purpose
        self.mode = mode
        self.continueOnFail = try reader.readBool()
        guard let dialect = TaskDialect(rawValue: try reader.readUInt8()) else { throw .invalidField("dialect") }
        self.dialect = dialect
        let codeSize = Int(try reader.readUInt32())
        let hasQuery = try reader.readBool()
        let querySize = Int(try reader.readUInt32())
        self.code = try reader.readBytes(codeSize)
        let query = try reader.readBytes(querySize)
        self.query = hasQuery ? query : nil
        self.items = reader.readRest()
    }
}
