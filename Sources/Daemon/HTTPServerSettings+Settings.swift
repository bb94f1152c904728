import Broker
import Glibc
import Tasks

extension HTTPServerSettings {
    /// What the settings mean to the HTTP server.
    init(_ settings: Settings) {
        let listed = Set(settings.allowedUIDs)
        self.init(
            maximumPayload: settings.maximumPayload,
            // An empty list leaves it to the socket's mode; otherwise root and the service itself come in as well.
            allowedUserIDs: listed.isEmpty ? [] : listed.union([0, geteuid()]),
            serviceUserID: geteuid()
        )
    }
}
