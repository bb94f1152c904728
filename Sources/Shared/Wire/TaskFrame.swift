public import Tasks

/// The one frame that a broker sends to a worker: its task.
///
/// Code, query and items are not copied into the frame: the sender writes ``head(for:)``, the code, the query if there is
/// one, and the items one after the other.
public enum TaskFrame {
    static let kind: UInt8 = 1
    /// Bytes of payload before the code.
    static let fixedSize = 13

    /// The header and the fixed fields of the frame that carries `task`.
    ///
    /// The caller reads the text of the items once, passes it as `items` and sends it afterwards. A second read could give
    /// another text, because the items may be released at any time by other holders of the task.
    public static func head(for task: PythonTask, items: ArraySlice<UInt8>) -> [UInt8] {
        let length = Self.fixedSize + task.code.count + (task.query?.count ?? 0) + items.count
        var writer = WireWriter()
        writer.write(FrameHeader(kind: Self.kind, length: UInt32(length)).bytes)
        writer.write(task.purpose.rawValue)
        writer.write(task.mode.rawValue)
        writer.write(task.continueOnFail)
        writer.write(task.dialect.rawValue)
        writer.write(UInt32(task.code.count))
        writer.write(task.query != nil)
        writer.write(UInt32(task.query?.count ?? 0))
        return writer.bytes
    }

    /// The whole frame that carries `task`. Its parts are copied.
    public static func bytes(for task: PythonTask) -> [UInt8] {
        let items = task.items.bytes
        return self.head(for: task, items: items) + task.code + (task.query ?? []) + items
    }

    /// Reads a whole frame.
    ///
    /// - Throws: ``WireError`` when the bytes are not exactly one task.
    public static func task(_ bytes: [UInt8]) throws(WireError) -> PythonTask {
        guard bytes.count >= FrameHeader.size else { throw .truncated }
        let header = try FrameHeader(bytes: bytes.prefix(FrameHeader.size))
        guard bytes.count == FrameHeader.size + Int(header.length) else { throw .truncated }
        return try self.task(header: header, payload: Array(bytes.dropFirst(FrameHeader.size)))
    }

    /// Reads the frame whose header was `header`.
    ///
    /// - Throws: ``WireError`` when the payload is not a task.
    public static func task(header: FrameHeader, payload: [UInt8]) throws(WireError) -> PythonTask {
        guard header.kind == Self.kind else { throw .unknownKind(header.kind) }
        var reader = WireReader(payload)
        guard let purpose = TaskPurpose(rawValue: try reader.readUInt8()) else { throw .invalidField("purpose") }
        guard let mode = TaskMode(rawValue: try reader.readUInt8()) else { throw .invalidField("mode") }
        let continueOnFail = try reader.readBool()
        guard let dialect = TaskDialect(rawValue: try reader.readUInt8()) else { throw .invalidField("dialect") }
        let codeSize = Int(try reader.readUInt32())
        let hasQuery = try reader.readBool()
        let querySize = Int(try reader.readUInt32())
        let code = try reader.readBytes(codeSize)
        let query = try reader.readBytes(querySize)
        return PythonTask(
            purpose: purpose,
            code: code,
            items: TaskItems(reader.readRest()),
            mode: mode,
            continueOnFail: continueOnFail,
            dialect: dialect,
            query: hasQuery ? query : nil
        )
    }
}
