/// A message or a frame that the task broker of the tests received from the runner.
package enum RunnerEvent: Equatable, Sendable {
    case info(name: String, types: [String])
    case offer(id: String, validFor: Int)
    case accepted(String)
    case rejected(String, reason: String)
    /// With the text of the result.
    case done(String, result: [UInt8])
    /// With the text of the error object.
    case error(String, message: String, text: String)
    case console(String, [String])
    case ping
    case pong
    case close(code: Int?, reason: String)
    /// The connection is gone.
    case gone

    package var isOffer: Bool { if case .offer = self { true } else { false } }

    /// Whether it ends a task.
    package var isEnd: Bool {
        switch self {
        case .done, .error: true
        case .info, .offer, .accepted, .rejected, .console, .ping, .pong, .close, .gone: false
        }
    }

    /// Bytes of the result.
    package var resultSize: Int? {
        if case .done(_, let result) = self { result.count } else { nil }
    }
}
