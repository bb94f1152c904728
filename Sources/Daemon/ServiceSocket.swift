import Glibc
import Linux
import Tasks

/// The listening socket of the service, and who it lets in.
struct ServiceSocket: ~Copyable {
    let descriptor: OwnedDescriptor
    /// Where it is; nil when the service manager made it.
    let path: String?

    /// Binds the socket that the settings name, or takes the one that the service manager hands over.
    ///
    /// - Returns: nil when the settings want none.
    /// - Throws: ``ServiceStartError`` that says who holds it, or what is wrong with the path.
    static func open(_ settings: Settings, environment: [String: String]) throws(ServiceStartError) -> ServiceSocket? {
        let inherited: [CInt]
        do {
            inherited = try ListeningSocket.inherited()
        } catch {
            throw ServiceStartError(exit: .failure, message: error.description)
        }
        guard inherited.count <= 1 else {
            throw ServiceStartError(
                exit: .badConfiguration,
                message: "the service manager hands over \(inherited.count) sockets; one is wanted"
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
        _ settings: Settings
    ) throws(ServiceStartError) -> ServiceSocket {
        try Self.makeFolder(location)
        let mode = settings.socketMode ?? (location.isForMachine ? 0o660 : 0o600)
        // The group matters when the mode lets it in and not everybody. A machine without that group has no submitters but
        // root and the service's own user.
        let isForGroup = location.isForMachine && mode & 0o022 == 0o020
        let group = isForGroup ? try MachineAccounts.group(SocketLocation.machineGroup) : nil
        if let group, !MachineAccounts.mayGiveFiles(to: group) {
            throw ServiceStartError(
                exit: .badConfiguration,
                message:
                    "cannot give \(location.path) to the group \(SocketLocation.machineGroup), whose members submit"
                    + " tasks: user \(geteuid()) is not in that group; add"
                    + " SupplementaryGroups=\(SocketLocation.machineGroup) to the unit, or enable terrarium.socket"
            )
        }
        do throws(ListenError) {
            let descriptor = try ListeningSocket.bind(path: location.path, mode: mode, group: group)
            return ServiceSocket(descriptor: descriptor, path: location.path)
        } catch {
            throw ServiceStartError(exit: .failure, message: error.description)
        }
    }

    /// Makes the folder that a default socket is in, where that is the service's own business.
    private static func makeFolder(_ location: SocketLocation) throws(ServiceStartError) {
        if location == .machine, geteuid() == 0 {
            // There already, or binding says what is wrong.
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
    /// Gives the descriptor away.
    consuming func takeDescriptor() -> OwnedDescriptor {
        self.descriptor
    }
}
