internal import Wire

/// A request of `terrarium-bench` to `terrarium-baseline`. It is one packet on the control socket, sent after the fork
/// server is ready. The response to each request is one ``BaselineReport``.
public struct BaselineRequest: Equatable, Sendable {
    /// The number of rounds of each baseline measurement.
    public var rounds: UInt32

    public init(rounds: UInt32) {
        self.rounds = rounds
    }

    public var encoded: [UInt8] {
        var writer = WireWriter()
        writer.write(self.rounds)
        return writer.bytes
    }

    /// - Throws: `WireError` when `bytes` are not exactly one request with at least one round.
    public init(decoding bytes: [UInt8]) throws {
        var reader = WireReader(bytes)
        self.rounds = try reader.readUInt32()
        try reader.finish()
        guard self.rounds > 0 else { throw WireError.invalidField("rounds") }
    }
}
