public import Tasks

/// What the broker asks of a fork server, one message a packet of their control socket.
public enum ControlRequest: Equatable, Sendable {
    /// The first message, once.
    case configure(WorkerConfiguration)
    /// Fork a worker; the worker's end of its task socket comes with the message.
    case fork(worker: UInt64)
    /// Measure this many times what a worker's life costs at least. Nothing is forked for the broker meanwhile.
    case measure(rounds: UInt32)

    /// The largest message in either direction, in bytes.
    public static let maximumSize = 64 * 1024
    /// Changes whenever any message or frame does: a broker and a worker program of different builds refuse each other.
    static let protocolVersion: UInt8 = 4

    public var encoded: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .configure(let configuration):
            writer.write(1 as UInt8)
            writer.write(Self.protocolVersion)
            writer.write(configuration)
        case .fork(let worker):
            writer.write(2 as UInt8)
            writer.write(worker)
        case .measure(let rounds):
            writer.write(3 as UInt8)
            writer.write(rounds)
        }
        return writer.bytes
    }

    /// - Throws: ``WireError`` when `bytes` are not exactly one request of this protocol's version.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        switch try reader.readUInt8() {
        case 1:
            let version = try reader.readUInt8()
            guard version == Self.protocolVersion else { throw .invalidField("protocol version \(version)") }
            self = .configure(try reader.readConfiguration())
        case 2:
            self = .fork(worker: try reader.readUInt64())
        case 3:
            self = .measure(rounds: try reader.readUInt32())
        case let kind:
            throw .unknownKind(kind)
        }
        try reader.finish()
    }
}

/// What a fork server tells the broker.
public enum ControlEvent: Equatable, Sendable {
    /// Confined, interpreter started, modules preloaded; ready to fork.
    case ready(ForkServerReport)
    /// It cannot serve and is about to exit.
    case failed(ForkServerFailure)
    /// A worker lives; a process descriptor for it comes with the message.
    case forked(worker: UInt64, pid: Int32)
    /// A worker could not be forked.
    case forkFailed(worker: UInt64, errno: Int32)
    /// A worker was waited for.
    case exited(worker: UInt64, WorkerExit)
    /// What was asked for by ``ControlRequest/measure(rounds:)``.
    case measured(FloorReport)

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
        case .measured(let floors):
            writer.write(6 as UInt8)
            writer.write(floors.bareFork)
            writer.write(floors.confinedTask)
            writer.write(floors.pairedTask)
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
            self = .measured(
                FloorReport(
                    bareFork: try reader.readDuration("bare fork"),
                    confinedTask: try reader.readDuration("confined task"),
                    pairedTask: try reader.readDuration("paired task")
                )
            )
        case let kind:
            throw .unknownKind(kind)
        }
        try reader.finish()
    }
}

/// What a fork server says of itself when it is ready.
public struct ForkServerReport: Equatable, Sendable {
    public var pythonVersion: String
    public var layers: [SandboxLayer]
    /// What an operator should know, such as an allowlisted module that cannot be imported.
    public var warnings: [String]

    public init(pythonVersion: String, layers: [SandboxLayer], warnings: [String] = []) {
        self.pythonVersion = pythonVersion
        self.layers = layers
        self.warnings = warnings
    }
}

/// Why a fork server cannot serve.
public struct ForkServerFailure: Error, Equatable, Sendable {
    public enum Reason: UInt8, Sendable {
        /// The kernel or the container does not allow the layers that are required.
        case sandbox = 1
        /// The interpreter could not be started.
        case interpreter = 2
        /// The broker's configuration was not understood: two builds are mixed.
        case configuration = 3
    }

    public var reason: Reason
    public var message: String

    public init(reason: Reason, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// How a worker's process ended, as its fork server saw it.
public struct WorkerExit: Equatable, Sendable {
    /// The exit status, when ``signal`` is 0.
    public var status: Int32
    /// The signal that killed it, or 0.
    public var signal: Int32
    public var usage: ReportedUsage

    public init(status: Int32, signal: Int32, usage: ReportedUsage) {
        self.status = status
        self.signal = signal
        self.usage = usage
    }
}
