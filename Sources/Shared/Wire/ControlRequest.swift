public import Tasks

/// A message from the broker to a fork server. Each is one packet of the control socket.
public enum ControlRequest: Equatable, Sendable {
    /// The configuration of the fork server. This is the first message, and it is sent once.
    case configure(WorkerConfiguration)
    /// Fork a worker; the message carries the worker's end of its task socket.
    case fork(worker: UInt64)

    /// The largest message in either direction, in bytes.
    public static let maximumSize = 64 * 1024
    /// Raised with every change of a message or frame, so that programs of different versions refuse each other.
    static let protocolVersion: UInt8 = 8

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
        case let kind:
            throw .unknownKind(kind)
        }
        try reader.finish()
    }
}
