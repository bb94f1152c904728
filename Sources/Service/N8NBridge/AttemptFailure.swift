import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix

/// Why an attempt to connect to the task broker or to exchange a token failed.
struct AttemptFailure: Error {
    /// The status of the HTTP response; nil when there was no response.
    var status: Int?
    var reason: String

    init(status: Int) {
        self.status = status
        self.reason = "HTTP status \(status)"
    }

    init(reason: String) {
        self.reason = reason
    }

    /// An error of NIO or of the HTTP client, in the words of the system where the system refused a connection.
    init(_ error: any Error) {
        switch error {
        case let error as IOError:
            self.init(reason: String(cString: strerror(error.errnoCode)))
        case let error as NIOConnectionError:
            // One failure for each address of the host. The list is empty if the host name has no address.
            if let failure = error.connectionErrors.first {
                self.init(failure.error)
            } else {
                self.init(reason: "the host \(error.host) has no address")
            }
        case let error as HTTPClientError where error == .connectTimeout:
            self.init(reason: "the connection was not accepted in time")
        case SocketAddressError.unknown(let host, _):
            self.init(reason: "the host \(host) has no address")
        default:
            self.init(reason: "\(error)")
        }
    }

    /// How ``ReconnectStateMachine`` treats the failure. Only the statuses 401 and 403 mean that the task broker refused
    /// the token.
    var classification: ReconnectStateMachine.Failure {
        switch self.status {
        case 401?, 403?: .refused(status: self.status ?? 0)
        default: .transient
        }
    }
}
