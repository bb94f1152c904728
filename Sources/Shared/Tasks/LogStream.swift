/// The output stream that a task printed to.
public enum LogStream: UInt8, Sendable {
    case stdout = 1
    case stderr = 2

    public var name: String {
        switch self {
        case .stdout: "stdout"
        case .stderr: "stderr"
        }
    }
}
