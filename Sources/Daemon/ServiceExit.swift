/// The exit codes of the service, which systemd and n8n's launcher see.
public enum ServiceExit: Int32, Equatable, Sendable {
    /// Stopped as it was told to.
    case success = 0
    case failure = 1
    /// EX_PROTOCOL of sysexits.h: n8n's task broker refuses this runner, which is all it is.
    case refusedByTaskBroker = 76
    /// EX_NOPERM of sysexits.h: this machine cannot confine workers as it must.
    case sandboxFloorNotMet = 77
    /// EX_CONFIG of sysexits.h.
    case badConfiguration = 78
}

/// Why the service does not start: the exit code, and a line for the operator.
struct ServiceStartError: Error, Equatable {
    var exit: ServiceExit
    var message: String
}
