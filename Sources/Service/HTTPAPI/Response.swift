import NIOCore
import NIOHTTP1
import Tasks

/// A response of the API, independent of its framing on the connection.
struct Response {
    /// How the client learns where the body ends.
    enum Framing: Equatable {
        /// The `content-length` header; the whole body is known.
        case length
        case chunked
        /// The body ends when the connection is closed, for HTTP/1.0 clients.
        case untilClose
    }

    var status: HTTPResponseStatus
    var contentType: String
    var headers: [(String, String)] = []
    /// The pieces of the body, in order.
    var body: [ArraySlice<UInt8>]

    init(
        status: HTTPResponseStatus,
        contentType: String,
        headers: [(String, String)] = [],
        body: [ArraySlice<UInt8>]
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// A response with a JSON document.
    static func json(_ body: [UInt8], status: HTTPResponseStatus = .ok) -> Response {
        Response(status: status, contentType: "application/json", body: [body[...]])
    }

    /// A response with a problem document.
    init(_ problem: ProblemDocument) {
        self.init(
            status: HTTPResponseStatus(statusCode: problem.status.rawValue),
            contentType: "application/problem+json",
            body: [problem.encoded()[...]]
        )
        switch problem.status {
        case .methodNotAllowed: self.headers = [("allow", problem.allowedMethods.joined(separator: ", "))]
        case .tooManyRequests, .serviceUnavailable: self.headers = [("retry-after", "\(problem.retryAfter)")]
        case .unsupportedMediaType: self.headers = [("accept-encoding", "identity")]
        case .badRequest, .forbidden, .notFound, .requestTimeout, .contentTooLarge, .unprocessableEntity,
            .internalServerError, .gatewayTimeout:
            break
        }
    }

    /// The response with the header `x-request-id`. `id` is the id of the task, which the log has too, or a new
    /// identifier for a request that started no task.
    ///
    /// If the request belongs to a trace, the response also gets the header `traceparent`, for the span that `id`
    /// identifies.
    func identified(by id: TaskID, in trace: TraceContext?) -> Response {
        var response = self
        response.headers.append(("x-request-id", id.description))
        if let trace { response.headers.append(("traceparent", trace.header(for: id))) }
        return response
    }

    /// The head for NIO's encoder, which adds no framing headers.
    ///
    /// - Parameters:
    ///   - framing: How the client learns where the body ends.
    ///   - keepsAlive: Whether the connection stays open after the response.
    ///   - isHTTP10: Whether the client uses HTTP/1.0, which needs an explicit keep-alive header.
    /// - Returns: The head.
    func head(framing: Framing, keepsAlive: Bool, isHTTP10: Bool) -> HTTPResponseHead {
        var headers = HTTPHeaders([("content-type", self.contentType)])
        headers.add(contentsOf: self.headers)
        switch framing {
        case .length: headers.add(name: "content-length", value: String(self.body.reduce(0) { $0 + $1.count }))
        case .chunked: headers.add(name: "transfer-encoding", value: "chunked")
        case .untilClose: break
        }
        if !keepsAlive {
            headers.add(name: "connection", value: "close")
        } else if isHTTP10 {
            headers.add(name: "connection", value: "keep-alive")
        }
        return HTTPResponseHead(version: .http1_1, status: self.status, headers: headers)
    }
}
