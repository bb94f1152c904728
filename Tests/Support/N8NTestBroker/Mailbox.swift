import NIOCore
import NIOPosix
import Synchronization

/// An event that a test waited for and that did not arrive.
package struct MissingEvent: Error, CustomStringConvertible {
    package var description: String

    package init(description: String) {
        self.description = description
    }
}

/// Events for tests to wait for, in order of arrival, each taken once.
package final class Mailbox<Element: Sendable>: Sendable {
    private struct Waiter {
        var id: Int
        var what: String
        var matches: @Sendable (Element) -> Bool
        var continuation: CheckedContinuation<Element, any Error>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
        var count = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    package func put(_ element: Element) {
        let waiter = self.state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.matches(element) }) else {
                state.elements.append(element)
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: element)
    }

    /// Nothing more will come.
    package func close() {
        let waiters = self.state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters {
            waiter.continuation.resume(throwing: MissingEvent(description: "closed: \(waiter.what)"))
        }
    }

    /// Takes the first that matches, waiting for it if need be, but not for ever.
    package func next(
        _ what: String = "an event",
        within seconds: Int64 = 600,
        where matches: @escaping @Sendable (Element) -> Bool = { _ in true }
    ) async throws -> Element {
        let id = self.state.withLock { state in
            state.count += 1
            return state.count
        }
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .seconds(seconds)) {
            let late = self.state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            late?.continuation.resume(throwing: MissingEvent(description: "not in time: \(what)"))
        }
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let ready = self.state.withLock { state -> Swift.Result<Element, any Error>? in
                if let index = state.elements.firstIndex(where: matches) {
                    return .success(state.elements.remove(at: index))
                }
                if state.isClosed { return .failure(MissingEvent(description: "closed: \(what)")) }
                state.waiters.append(Waiter(id: id, what: what, matches: matches, continuation: continuation))
                return nil
            }
            if let ready { continuation.resume(with: ready) }
        }
    }

    /// What has come and was not taken.
    package var waiting: [Element] { self.state.withLock(\.elements) }
}
