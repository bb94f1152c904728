/// Why a fork server could not be set up.
public struct ForkServerFailure: Error, Equatable, Sendable {
    public enum Reason: UInt8, Sendable {
        /// The kernel or the container does not allow the layers that are required.
        case sandbox = 1
        /// The interpreter could not be started.
        case interpreter = 2
        /// The configuration cannot be decoded: the programs are of different builds.
        case configuration = 3
    }

    public var reason: Reason
    public var message: String

    public init(reason: Reason, message: String) {
        self.reason = reason
        self.message = message
    }
}
