import Glibc
import HTTPAPI
import Linux
import N8NBridge
import Settings

extension HTTPServerSettings {
    /// The HTTP server's configuration under the service's settings.
    ///
    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - descriptors: The process's limit on descriptors.
    init(_ settings: ServiceSettings, descriptors: Int = Self.descriptorLimit) {
        let listed = Set(settings.allowedUIDs)
        let budget = DescriptorBudget(settings, limit: descriptors)
        self.init(
            maximumPayload: settings.maximumPayload,
            // An empty set leaves access to the socket's mode. Otherwise root and the service's own user are added to the
            // listed users.
            allowedUserIDs: listed.isEmpty ? [] : listed.union([0, geteuid()]),
            serviceUserID: geteuid(),
            maximumConnections: budget.connections,
            maximumRejectionSlots: budget.rejections
        )
    }

    /// The process's limit on descriptors; 1024, the usual soft limit, if it cannot be read.
    static var descriptorLimit: Int {
        (try? ResourceLimit.openFiles.current()).map { Int(clamping: $0) } ?? 1024
    }
}
