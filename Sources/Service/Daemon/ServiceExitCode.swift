/// The exit codes of the service, which systemd and n8n's launcher evaluate.
public enum ServiceExitCode: Int32, Equatable, Sendable {
    /// A signal or the auto shutdown stopped the service.
    case success = 0
    case failure = 1
    /// EX_PROTOCOL of sysexits.h: n8n's task broker refuses this runner, and no other front end is enabled.
    case refusedByTaskBroker = 76
    /// EX_NOPERM of sysexits.h: this machine does not offer all sandbox layers of the required minimum.
    case sandboxMinimumNotMet = 77
    /// EX_CONFIG of sysexits.h: the settings are invalid or contradict each other.
    case badConfiguration = 78
}
