import Commands
import Daemon
import Glibc
import Linux
import Settings

/// The measured service: `terrarium serve` as a child process on a private socket. One benchmark owns it. The process
/// ends when this value is deinitialised. Every function blocks its thread.
final class DaemonProcess: Sendable {
    let pid: Int32
    /// The time from the start of the process to its READY=1 (sd_notify(3)).
    let startup: Duration
    private let folder: DaemonFolder
    /// The socket stays open as long as the service runs, because the service also reports its stop to it.
    private let notifications: NotificationSocket
    private let process: ProcessDescriptor

    /// The path of the service's socket.
    var socket: String { self.folder.socket }

    /// Starts the service and returns when it is ready for tasks.
    ///
    /// - Parameters:
    ///   - program: The absolute path of `terrarium`.
    ///   - loaded: The settings to measure with.
    ///   - environment: The environment that the service inherits. Settings in it are left out, because `loaded` has
    ///     them.
    ///   - limit: The longest time until the service must be ready.
    /// - Throws: ``CommandError`` if the service does not start; its own message is then on standard error.
    init(
        program: String,
        _ loaded: LoadedSettings,
        environment: [String: String],
        limit: Duration = .seconds(60)
    ) throws(CommandError) {
        do {
            self.folder = try DaemonFolder(environment: environment)
            try self.folder.writeSettings(DaemonSettings.text(loaded, socket: self.folder.socket))
            self.notifications = try NotificationSocket(path: self.folder.notifications)
            let start = ContinuousClock.now
            let process = try ProcessSpawner.spawn(
                executable: program,
                arguments: ["terrarium", "serve", "--config", self.folder.settings],
                environment: DaemonSettings.environment(environment, notifications: self.folder.notifications),
                descriptors: []
            )
            self.pid = process.pid
            self.process = process.takeDescriptor()
            let isReady = try self.notifications.waitUntilReady(process: self.process.rawValue, limit: limit)
            self.startup = .now - start
            guard !isReady else { return }
        } catch let error as CommandError {
            throw error
        } catch let error as EmbeddedService.StartError {
            throw CommandError(status: .failure, message: error.description)
        } catch {
            throw CommandError(status: .failure, message: "cannot start the service: \(error)")
        }
        throw self.failure(limit)
    }

    deinit {
        // The service ends at once, because no task is running.
        try? self.process.signal(SIGTERM)
        _ = try? self.process.wait()
    }

    /// Kills the service; running tasks fail.
    func kill() {
        try? self.process.signal(SIGKILL)
    }

    /// The error for a service that did not become ready.
    private func failure(_ limit: Duration) -> CommandError {
        guard let status = try? self.process.waitIfEnded() else {
            self.kill()
            return CommandError(
                status: .failure,
                message: "the service is not ready after \(limit.components.seconds) s"
            )
        }
        let code: ExitStatus =
            switch status {
            case .exited(ServiceExitCode.sandboxMinimumNotMet.rawValue): .sandboxMinimumNotMet
            case .exited(ServiceExitCode.badConfiguration.rawValue): .badInput
            case .exited, .signaled: .failure
            }
        return CommandError(status: code, message: "the service ended before it was ready: \(status)")
    }
}
