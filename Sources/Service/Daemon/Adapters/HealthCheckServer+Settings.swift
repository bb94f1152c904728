import Logging
import N8NBridge
import NIOCore
import Settings

extension HealthCheckServer {
    /// The health check server under the service's settings; nil when it is disabled.
    convenience init?(_ settings: ServiceSettings, group: any EventLoopGroup, logger: Logger) {
        guard settings.healthCheckServerEnabled else { return nil }
        self.init(
            host: settings.healthCheckServerHost,
            port: settings.healthCheckServerPort,
            group: group,
            logger: logger
        )
    }
}
