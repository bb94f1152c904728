import Foundation
import N8NTestBroker
import NIOCore
import NIOPosix
import Synchronization

/// A server that accepts connections and sends nothing, or one fixed text that never ends in a response.
final class SilentServer: Sendable {
    private let listener = Mutex<(any Channel)?>(nil)
    private let arrivals = Mailbox<Int>()
    private let children = Mutex<[any Channel]>([])

    private let greeting: String

    init(greeting: String = "") {
        self.greeting = greeting
    }

    var port: Int { self.listener.withLock { $0?.localAddress?.port ?? 0 } }

    func start() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                self.children.withLock { $0.append(channel) }
                self.arrivals.put(1)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Greeter(self.greeting))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        self.listener.withLock { $0 = listener }
    }

    func connected() async throws {
        _ = try await self.arrivals.next("a connection")
    }

    func stop() async {
        try? await self.listener.withLock { $0 }?.close().get()
        for child in self.children.withLock({ $0 }) { try? await child.close().get() }
    }
}

/// Answers the first bytes of a connection with a fixed text.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var greeting: String?

    init(_ greeting: String) {
        self.greeting = greeting.isEmpty ? nil : greeting
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let greeting = self.greeting.take() else { return }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: greeting)), promise: nil)
    }
}

/// How many descriptors this process has open.
enum OpenDescriptors {
    static var count: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }
}
