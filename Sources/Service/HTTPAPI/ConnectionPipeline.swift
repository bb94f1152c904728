import Linux
import Logging
import NIOCore
import NIOHTTP1

/// Builds the channel pipeline of a connection, from the socket to the ``ConnectionHandler``.
enum ConnectionPipeline {
    /// Adds the handlers to a new channel, on its event loop.
    static func add(to channel: any Channel, server: ServerContext, credentials: PeerCredentials) throws {
        let pipelining = PipeliningHandler(traffic: server.traffic)
        var logger = server.logger
        logger[metadataKey: "peer.uid"] = .stringConvertible(credentials.uid)
        // Responses set their own framing headers, so the encoder does not add any.
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        try channel.pipeline.syncOperations.addHandlers(
            pipelining,
            WriteCoalescingHandler(traffic: server.traffic),
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
            HTTPResponseEncoder(configuration: encoding),
            ConnectionHandler(server: server, logger: logger, credentials: credentials, pipelining: pipelining)
        )
    }
}
