public import Tasks

extension WorkerFrame {
    /// The bytes of the frame. A result or items are copied; ``resultHead(_:count:)`` and ``itemsHead(count:)`` avoid that.
    public var encoded: [UInt8] {
        switch self {
        case .ready: return Self.frame(.ready)
        case .started: return Self.frame(.started)
        case .stopped: return Self.stoppedHeader
        case .log(let stream, let text):
            return Self.frame(.log) {
                $0.write(stream.rawValue)
                $0.write(text.utf8)
            }
        case .console(let arguments):
            return Self.frame(.console) { $0.write(arguments) }
        case .progress(let done, let total):
            return Self.frame(.progress) {
                $0.write(Int64(done))
                $0.write(Int64(total))
            }
        case .imported(let modules):
            let modules = modules.filter { $0.utf8.count <= Self.maximumImportName }.prefix(Self.maximumImports)
            return Self.frame(.imported) { $0.write(Array(modules)) { $0.write($1) } }
        case .items(let items):
            return Self.itemsHead(count: items.count) + items
        case .result(let usage, let items):
            return Self.resultHead(usage, count: items.count) + items
        case .report(let usage, let report):
            let report = report.bounded
            return Self.frame(.report) {
                $0.write(usage)
                $0.write(report.violations) { $0.write($1) }
                $0.write(report.hints) { $0.write($1) }
            }
        case .failure(let usage, let failure):
            return Self.frame(.failure) {
                $0.write(usage)
                $0.write(failure.bounded)
            }
        }
    }

    /// The header and fields before the `count` bytes of a result. The caller sends the result itself, without copying it.
    public static func resultHead(_ usage: ReportedUsage, count: Int) -> [UInt8] {
        var writer = WireWriter()
        writer.write(FrameHeader(kind: Kind.result.rawValue, length: UInt32(Self.usageSize + count)).bytes)
        writer.write(usage)
        return writer.bytes
    }

    /// The header before the `count` bytes of items.
    public static func itemsHead(count: Int) -> [UInt8] {
        FrameHeader(kind: Kind.items.rawValue, length: UInt32(count)).bytes
    }

    /// The header and fields before the `count` bytes of printed text.
    public static func logHead(_ stream: LogStream, count: Int) -> [UInt8] {
        FrameHeader(kind: Kind.log.rawValue, length: UInt32(1 + count)).bytes + [stream.rawValue]
    }

    private static func frame(_ kind: Kind, _ body: (inout WireWriter) -> Void = { _ in }) -> [UInt8] {
        var payload = WireWriter()
        body(&payload)
        return FrameHeader(kind: kind.rawValue, length: UInt32(payload.bytes.count)).bytes + payload.bytes
    }
}

extension WireWriter {
    mutating func write(_ usage: ReportedUsage) {
        self.write(usage.cpu)
        self.write(Int64(usage.peakResidentBytes))
        self.write(usage.phases.decode)
        self.write(usage.phases.run)
        self.write(usage.phases.encode)
    }

    mutating func write(_ violation: PolicyViolation) {
        self.write(violation.rule)
        self.write(violation.construct)
        self.write(Int64(violation.line))
        self.write(Int64(violation.column))
        self.write(violation.message)
        self.write(violation.hint) { $0.write($1) }
    }

    mutating func write(_ hint: CodeHint) {
        self.write(Int64(hint.line))
        self.write(Int64(hint.column))
        self.write(hint.construct)
        self.write(hint.message)
    }

    mutating func write(_ failure: TaskFailure) {
        self.write(failure.kind.rawValue)
        self.write(failure.message)
        self.write(failure.type) { $0.write($1) }
        self.write(failure.line) { $0.write(Int64($1)) }
        self.write(failure.column) { $0.write(Int64($1)) }
        self.write(failure.sourceLine) { $0.write($1) }
        self.write(failure.traceback) { $0.write($1) }
        self.write(failure.itemIndex) { $0.write(Int64($1)) }
        self.write(failure.hint) { $0.write($1) }
        self.write(failure.exceptionDescription) { $0.write($1) }
        self.write(failure.violations) { $0.write($1) }
    }
}
