import Tasks

/// Decodes the byte stream of one worker to frames, and fails at the first byte that the protocol does not allow. It keeps
/// at most one frame in memory, and of that frame only the bytes that have arrived.
public struct WorkerFrameDecoder: Sendable {
    private let outputLimit: Int
    private var header: [UInt8] = []
    private var current: (kind: WorkerFrame.Kind, length: Int)?
    private var payload: [UInt8] = []
    /// The text after a `stopped` frame; nil before one.
    private var trace: [UInt8]?

    /// The most text of a stack trace that is kept, in bytes.
    public static let maximumTrace = 64 * 1024

    /// - Parameter outputLimit: The largest result, in bytes.
    public init(outputLimit: Int) {
        self.outputLimit = outputLimit
        self.header.reserveCapacity(FrameHeader.size)
    }

    /// The stack text that followed a ``WorkerFrame/stopped`` frame, with invalid UTF-8 replaced; nil before such a frame.
    public var stackText: String? {
        self.trace.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Consumes the bytes of the next frame from the front of `bytes`.
    ///
    /// - Parameter bytes: The bytes that have arrived. Those after the frame are left in it.
    /// - Returns: The frame; nil when all of `bytes` were consumed and the frame is not complete.
    /// - Throws: ``WireError``. The rest of the stream cannot be decoded then.
    public mutating func next(from bytes: inout Slice<UnsafeRawBufferPointer>) throws(WireError) -> WorkerFrame? {
        if self.trace != nil {
            let room = Self.maximumTrace - (self.trace?.count ?? 0)
            self.trace?.append(contentsOf: bytes.prefix(room))
            bytes = bytes.suffix(0)
            return nil
        }
        if self.current == nil {
            Self.move(FrameHeader.size - self.header.count, of: &bytes, to: &self.header)
            guard self.header.count == FrameHeader.size else { return nil }
            self.current = try self.announced()
            self.header.removeAll(keepingCapacity: true)
        }
        guard let (kind, length) = self.current else { return nil }
        self.makeRoom(for: min(bytes.count, length - self.payload.count), of: length)
        Self.move(length - self.payload.count, of: &bytes, to: &self.payload)
        guard self.payload.count == length else { return nil }
        let complete = self.payload
        self.payload = []
        self.current = nil
        if kind == .stopped {
            self.trace = []
        }
        return try WorkerFrame(kind, payload: complete)
    }

    /// Reserves the announced length, so that a large result is not copied when the array grows; but at most four times the
    /// bytes that have arrived, because a header may announce any length.
    private mutating func makeRoom(for count: Int, of length: Int) {
        let needed = self.payload.count + count
        guard needed > self.payload.capacity else { return }
        self.payload.reserveCapacity(max(needed, min(length, 4 * needed)))
    }

    private static func move(_ count: Int, of bytes: inout Slice<UnsafeRawBufferPointer>, to target: inout [UInt8]) {
        target.append(contentsOf: bytes.prefix(count))
        bytes = bytes.dropFirst(count)
    }

    private func announced() throws(WireError) -> (kind: WorkerFrame.Kind, length: Int) {
        let header = try FrameHeader(bytes: self.header[...])
        guard let kind = WorkerFrame.Kind(rawValue: header.kind) else { throw .unknownKind(header.kind) }
        let length = Int(header.length)
        let limit = WorkerFrame.limit(kind, output: self.outputLimit)
        guard length <= limit else {
            throw .oversized(kind: header.kind, length: length, limit: limit)
        }
        return (kind, length)
    }
}

extension WireError {
    /// Whether the error is a result over the output limit, as opposed to a malformed frame.
    public var isOversizedResult: Bool {
        guard case .oversized(let kind, _, _) = self else { return false }
        return kind == WorkerFrame.Kind.result.rawValue
    }
}

extension WorkerFrame {
    init(_ kind: Kind, payload: [UInt8]) throws(WireError) {
        var reader = WireReader(payload)
        switch kind {
        case .ready: self = .ready
        case .started: self = .started
        case .stopped: self = .stopped
        case .log:
            guard let stream = LogStream(rawValue: try reader.readUInt8()) else { throw .invalidField("stream") }
            self = .log(stream, try WireReader.text(reader.readRest()))
        case .console:
            self = .console(reader.readRest())
        case .progress:
            self = .progress(done: try reader.readCount("done"), total: try reader.readCount("total"))
        case .imported:
            self = .imported(
                try reader.readList(limit: Self.maximumImports) { reader throws(WireError) in try reader.readText() }
            )
        case .items:
            self = .items(reader.readRest())
        case .result:
            self = .result(try reader.readUsage(), reader.readRest())
        case .report:
            self = .report(
                try reader.readUsage(),
                CheckReport(
                    violations: try reader.readViolations(),
                    hints: try reader.readList(limit: Self.maximumFindings) { reader throws(WireError) in
                        try reader.readHint()
                    }
                )
            )
        case .failure:
            self = .failure(try reader.readUsage(), try reader.readFailure())
        }
        try reader.finish()
    }
}

extension WireReader {
    mutating func readUsage() throws(WireError) -> ReportedUsage {
        ReportedUsage(
            cpu: try self.readDuration("cpu"),
            peakResidentBytes: try self.readCount("resident bytes"),
            phases: TaskPhases(
                decode: try self.readDuration("decode"),
                run: try self.readDuration("run"),
                encode: try self.readDuration("encode")
            )
        )
    }

    fileprivate mutating func readViolations() throws(WireError) -> [PolicyViolation] {
        try self.readList(limit: WorkerFrame.maximumFindings) { reader throws(WireError) in
            PolicyViolation(
                rule: try reader.readText(),
                construct: try reader.readText(),
                line: try reader.readCount("line"),
                column: try reader.readCount("column"),
                message: try reader.readText(),
                hint: try reader.readOptionalText()
            )
        }
    }

    fileprivate mutating func readHint() throws(WireError) -> CodeHint {
        CodeHint(
            line: try self.readCount("line"),
            column: try self.readCount("column"),
            construct: try self.readText(),
            message: try self.readText()
        )
    }

    fileprivate mutating func readFailure() throws(WireError) -> TaskFailure {
        guard let kind = FailureKind(rawValue: try self.readUInt8()) else { throw .invalidField("failure kind") }
        return TaskFailure(
            kind,
            message: try self.readText(),
            type: try self.readOptionalText(),
            line: try self.readOptionalCount("line"),
            column: try self.readOptionalCount("column"),
            sourceLine: try self.readOptionalText(),
            traceback: try self.readOptionalText(),
            itemIndex: try self.readOptionalCount("item index"),
            hint: try self.readOptionalText(),
            exceptionDescription: try self.readOptionalText(),
            violations: try self.readViolations()
        )
    }

    fileprivate mutating func readOptionalText() throws(WireError) -> String? {
        try self.readOptional { reader throws(WireError) in try reader.readText() }
    }

    fileprivate mutating func readOptionalCount(_ field: String) throws(WireError) -> Int? {
        try self.readOptional { reader throws(WireError) in try reader.readCount(field) }
    }
}
