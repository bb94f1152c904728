import Synchronization

/// Counts the bytes that all connections of a server received and sent, for the metrics. Thread-safe.
final class TrafficMeter: Sendable {
    private let receivedBytes = Atomic(0)
    private let sentBytes = Atomic(0)

    var total: (received: Int, sent: Int) {
        (self.receivedBytes.load(ordering: .relaxed), self.sentBytes.load(ordering: .relaxed))
    }

    func received(_ count: Int) {
        self.receivedBytes.wrappingAdd(count, ordering: .relaxed)
    }

    func sent(_ count: Int) {
        self.sentBytes.wrappingAdd(count, ordering: .relaxed)
    }
}
