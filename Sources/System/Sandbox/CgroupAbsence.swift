public import Linux

/// The reason why fork servers get no cgroups of their own, as a text for the operator.
public enum CgroupAbsence: Error, Hashable, Sendable, CustomStringConvertible {
    /// The service runs inside another program and must not divide that program's group.
    case embedded
    /// There is no unified hierarchy, or this process is in no group of it.
    case noHierarchy
    /// Neither memory nor processes can be limited in the service's group.
    case controllers(Cgroup)
    /// The service may not write to its group.
    case notDelegated(Cgroup)
    /// The group has other processes as well, such as the shell that started the service.
    case shared(Cgroup)
    /// The service's group could not be divided.
    case failed(path: String, SystemError)

    public var description: String {
        switch self {
        case .embedded: "part of another program, whose group stays whole"
        case .noHierarchy: "cgroup v2 is not available"
        case .controllers(let group):
            "neither memory nor pids is among the controllers of \(group.path) (\(group.controllers.joined(separator: " ")))"
        case .notDelegated(let group): "\(group.path) is not the service's to divide; see Delegate= of systemd"
        case .shared(let group): "\(group.path) has other processes in it; a service needs a group of its own to divide"
        case .failed(let path, let error): "dividing the group at \(path): \(error)"
        }
    }
}
