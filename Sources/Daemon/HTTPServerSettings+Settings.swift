import Broker
import Glibc
import Linux
import N8NBridge
import Tasks

extension HTTPServerSettings {
    /// What the settings mean to the HTTP server.
    ///
    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - descriptors: How many descriptors this process may have.
    init(_ settings: Settings, descriptors: Int = Self.descriptorLimit) {
        let listed = Set(settings.allowedUIDs)
        self.init(
            maximumPayload: settings.maximumPayload,
            // An empty list leaves it to the socket's mode; otherwise root and the service itself come in as well.
            allowedUserIDs: listed.isEmpty ? [] : listed.union([0, geteuid()]),
            serviceUserID: geteuid(),
            maximumConnections: Self.maximumConnections(settings, descriptors: descriptors),
            maximumBodyMemory: Self.maximumBodyMemory(settings)
        )
    }

    /// One user who is alone can fill the slots and the queue with half of the connections. Before that come the
    /// descriptors that workers need: connections can be turned away, a worker without a socket is a task that fails.
    private static func maximumConnections(_ settings: Settings, descriptors: Int) -> Int {
        let wanted = 1024 + 2 * (settings.maximumConcurrency + settings.queueLimit)
        // Two pools; for each worker its socket, the other end until the fork server has it, and the process.
        let workers = 2 * (settings.maximumConcurrency + (settings.warmWorkers ?? settings.maximumConcurrency))
        let health = settings.healthCheckServerEnabled ? HealthCheckServer.maximumConnections : 0
        let spare = descriptors - 3 * workers - health - Self.maximumTurnedAway - 128
        return max(min(wanted, spare), descriptors / 4)
    }

    /// As many of the largest bodies as there are slots, and one more; small ones may wait by the hundred whatever the
    /// largest is.
    private static func maximumBodyMemory(_ settings: Settings) -> Int {
        max((settings.maximumConcurrency + 1) * settings.maximumPayload, 256 << 20)
    }

    /// How many descriptors this process may have at once; where that cannot be read, what is usual.
    static var descriptorLimit: Int {
        (try? ResourceLimit.openFiles.current()).map { Int(clamping: $0) } ?? 1024
    }
}
