import Glibc
import Linux
import Settings

/// The listening socket of the service. The service binds it with a mode and a group that let users connect, or inherits it
/// from the service manager, which has then set both.
struct ServiceSocket: ~Copyable {
    let descriptor: OwnedDescriptor
    /// The path of the socket; nil when the service manager made it.
    let path: String?

    /// Binds the socket that the settings name, or takes the socket that the service manager passes.
    ///
    /// - Returns: nil when the settings ask for no socket.
    /// - Throws: ``ServiceStartError`` that names the process that listens at the path, or what is wrong with the path.
    static func open(
        _ settings: ServiceSettings,
        environment: [String: String]
    ) throws(ServiceStartError) -> ServiceSocket? {
        let inherited: [CInt]
        do {
            inherited = try ListeningSocket.inherited()
        } catch {
            throw ServiceStartError(exit: .failure, message: error.description)
        }
        guard inherited.count <= 1 else {
            throw ServiceStartError(
                exit: .badConfiguration,
                message: "the service manager passes \(inherited.count) sockets; the unit must list exactly one"
            )
        }
        if let descriptor = inherited.first {
            return ServiceSocket(descriptor: OwnedDescriptor(owning: descriptor), path: nil)
        }
        let location: SocketLocation
        switch settings.socket {
        case .path(let path): location = SocketLocation(path: path)
        case .automatic: location = .service(geteuid(), environment: environment)
        case .none: return nil
        }
        return try Self.bind(location, settings)
    }

    private static func bind(
        _ location: SocketLocation,
        _ settings: ServiceSettings
    ) throws(ServiceStartError) -> ServiceSocket {
        try Self.makeFolder(location)
        let mode = settings.socketMode ?? (location.isSystemWide ? 0o660 : 0o600)
        // The group is set only if the mode gives write access, which connect(2) needs, to the group and not to others. If
        // the machine has no such group, only root and the service's own user can submit tasks.
        let isForGroup = location.isSystemWide && mode & 0o022 == 0o020
        let group = isForGroup ? try MachineAccounts.group(SocketLocation.submitterGroup) : nil
        if let group, !MachineAccounts.mayChangeFiles(toGroup: group) {
            throw ServiceStartError(
                exit: .badConfiguration,
                message:
                    "cannot give \(location.path) to the group \(SocketLocation.submitterGroup), whose members submit"
                    + " tasks: user \(geteuid()) is not in that group; add"
                    + " SupplementaryGroups=\(SocketLocation.submitterGroup) to the unit, or enable terrarium.socket"
            )
        }
        do throws(ListenError) {
            let descriptor = try ListeningSocket.bind(path: location.path, mode: mode, group: group)
            return ServiceSocket(descriptor: descriptor, path: location.path)
        } catch {
            throw ServiceStartError(exit: .failure, message: error.description)
        }
    }

    /// Creates the folder of a default socket if the service manager has not created it.
    private static func makeFolder(_ location: SocketLocation) throws(ServiceStartError) {
        if location == .system, geteuid() == 0 {
            // An error is ignored: the folder may exist already, and binding reports any other problem.
            mkdir("/run/terrarium", 0o755)
        }
        guard let folder = location.privateFolder else { return }
        guard mkdir(folder, 0o700) != 0 else { return }
        var status = stat()
        guard errno == EEXIST, lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            status.st_uid == geteuid(), status.st_mode & 0o077 == 0
        else {
            throw ServiceStartError(
                exit: .failure,
                message: "\(folder) is not a folder of your own with mode 0700; remove it, or name another socket with"
                    + " TERRARIUM_SOCKET"
            )
        }
    }
}

extension ServiceSocket {
    /// Consumes the socket and returns its descriptor, which the caller then owns.
    consuming func takeDescriptor() -> OwnedDescriptor {
        self.descriptor
    }
}
