import Foundation
import N8NTestBroker
import NIOCore
import NIOPosix
import Synchronization

/// A server that takes connections and says nothing.
final class SilentServer: Sendable {
    private let listener = Mutex<(any Channel)?>(nil)
    private let arrivals = Mailbox<Int>()
    private let children = Mutex<[any Channel]>([])

    var port: Int { self.listener.withLock { $0?.localAddress?.port ?? 0 } }

    func start() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                self.children.withLock { $0.append(channel) }
                self.arrivals.put(1)
                return channel.eventLoop.makeSucceededVoidFuture()
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

/// How many descriptors this process has open.
enum OpenDescriptors {
    static var count: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }
}
