import Tasks

/// A message from a fork server to the broker.
public enum ControlEvent: Equatable, Sendable {
    /// The fork server can fork workers: it is confined, and has started the interpreter and imported the modules to
    /// preload.
    case ready(ForkServerReport)
    /// These modules start threads when they are imported, so the process cannot fork and is about to exit. The next fork
    /// server must leave them out (``WorkerConfiguration/notPreloaded``).
    case preloadStartsThreads([String])
    /// The fork server could not be set up and is about to exit.
    case failed(ForkServerFailure)
    /// A worker was forked; the message carries a process descriptor (pidfd) of it.
    case forked(worker: UInt64, pid: Int32)
    /// A worker could not be forked.
    case forkFailed(worker: UInt64, errno: Int32)
    /// A worker has ended and was waited for (wait4).
    case exited(worker: UInt64, WorkerExit)

    public var encoded: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .ready(let report):
            writer.write(1 as UInt8)
            writer.write(report.pythonVersion)
            writer.write(report.layers) {
                $0.write($1.name)
                $0.write($1.isActive)
                $0.write($1.detail)
            }
            writer.write(report.warnings) { $0.write($1) }
        case .failed(let failure):
            writer.write(2 as UInt8)
            writer.write(failure.reason.rawValue)
            writer.write(failure.message)
        case .forked(let worker, let pid):
            writer.write(3 as UInt8)
            writer.write(worker)
            writer.write(pid)
        case .forkFailed(let worker, let errno):
            writer.write(4 as UInt8)
            writer.write(worker)
            writer.write(errno)
        case .exited(let worker, let exit):
            writer.write(5 as UInt8)
            writer.write(worker)
            writer.write(exit.status)
            writer.write(exit.signal)
            writer.write(exit.usage)
        case .preloadStartsThreads(let modules):
            writer.write(6 as UInt8)
            writer.write(modules) { $0.write($1) }
        }
        return writer.bytes
    }

    /// - Throws: ``WireError`` when `bytes` are not exactly one event.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        switch try reader.readUInt8() {
        case 1:
            self = .ready(
                ForkServerReport(
                    pythonVersion: try reader.readText(),
                    layers: try reader.readList(limit: 100) { reader throws(WireError) in
                        SandboxLayer(
                            name: try reader.readText(),
                            isActive: try reader.readBool(),
                            detail: try reader.readText()
                        )
                    },
                    warnings: try reader.readList(limit: 1000) { reader throws(WireError) in try reader.readText() }
                )
            )
        case 2:
            guard let reason = ForkServerFailure.Reason(rawValue: try reader.readUInt8()) else {
                throw .invalidField("reason")
            }
            self = .failed(ForkServerFailure(reason: reason, message: try reader.readText()))
        case 3:
            self = .forked(worker: try reader.readUInt64(), pid: try reader.readInt32())
        case 4:
            self = .forkFailed(worker: try reader.readUInt64(), errno: try reader.readInt32())
        case 5:
            self = .exited(
                worker: try reader.readUInt64(),
                WorkerExit(
                    status: try reader.readInt32(),
                    signal: try reader.readInt32(),
                    usage: try reader.readUsage()
                )
            )
        case 6:
            self = .preloadStartsThreads(
                try reader.readList(limit: 10_000) { reader throws(WireError) in try reader.readText() }
            )
        case let kind:
            throw .unknownKind(kind)
        }
        try reader.finish()
    }
}
