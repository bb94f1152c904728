import Synchronization

/// The settings in force. A reload replaces them while connections are open. All connections of a server share this object.
final class ReloadableSettings: Sendable {
    private let value: Mutex<HTTPServerSettings>

    init(_ settings: HTTPServerSettings) {
        self.value = Mutex(settings)
    }

    var current: HTTPServerSettings { self.value.withLock { $0 } }

    func replace(with settings: HTTPServerSettings) {
        self.value.withLock { $0 = settings }
    }
}
