import AsyncHTTPClient
import JSONBytes
import NIOCore
import NIOHTTP1
import NIOSSL
import ServiceLifecycle

/// Exchanges the auth token for a grant token at n8n's task broker: one POST on a separate connection before each WebSocket
/// connection. The response is untrusted and bounded. Redirects are not followed and proxies are not used, so that the auth
/// token reaches no other host.
struct TokenExchange: Sendable {
    let address: TaskBrokerAddress
    /// The TLS configuration for an `https` address; nil for `http`.
    let tls: TLSConfiguration?
    /// The time limit of the whole exchange: connecting, sending, and reading the complete response.
    let timeout: Duration
    let group: any EventLoopGroup

    /// Requests a grant token, which is valid for one connection within some seconds. Cancellation and graceful shutdown
    /// end the request early.
    ///
    /// - Throws: ``AttemptFailure``.
    func grantToken(for token: SecretToken) async throws(AttemptFailure) -> SecretToken {
        let request = self.request(token)
        do {
            return try await cancelWhenGracefulShutdown {
                try await self.withDeadline {
                    try await HTTPClient.withHTTPClient(
                        eventLoopGroup: self.group,
                        configuration: self.clientConfiguration
                    ) { client in
                        try await self.send(request, with: client)
                    }
                }
            }
        } catch let failure as AttemptFailure {
            throw failure
        } catch is NIOTooManyBytesError {
            throw AttemptFailure(reason: "the task broker's response to the auth token is too long")
        } catch {
            throw AttemptFailure(error)
        }
    }

    private var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = self.tls
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.proxy = nil
        configuration.timeout = .init(connect: TimeAmount(self.timeout), read: TimeAmount(self.timeout))
        // No retries by the client: the reconnect logic retries with backoff and logs each failure, while the client would
        // retry silently.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private func request(_ token: SecretToken) -> HTTPClientRequest {
        var body = JSONWriter()
        body.beginObject()
        body.key("token")
        body.string(token.value)
        body.endObject()
        let scheme = self.address.isSecure ? "https" : "http"
        var request = HTTPClientRequest(
            url: "\(scheme)://\(self.address.authority)\(self.address.pathPrefix)/runners/auth"
        )
        request.method = .POST
        // Set explicitly, because the client would omit the brackets of an IPv6 address.
        request.headers.add(name: "Host", value: self.address.authority)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body.bytes))
        return request
    }

    private func send(_ request: HTTPClientRequest, with client: HTTPClient) async throws -> SecretToken {
        let response = try await client.execute(request, timeout: TimeAmount(self.timeout))
        guard response.status == .ok else { throw AttemptFailure(status: Int(response.status.code)) }
        let body = try await response.body.collect(upTo: GrantTokenResponse.maximumBytes)
        guard let token = GrantTokenResponse.token(in: Array(body.readableBytesView)) else {
            throw AttemptFailure(reason: "the task broker's response to the auth token has no grant token")
        }
        return token
    }

    /// Cancels `body` when the time limit has passed. The client's own deadline covers only the time until the head of the
    /// response, so it does not end a response whose body never ends.
    private func withDeadline(
        _ body: @escaping @Sendable () async throws -> SecretToken
    ) async throws -> SecretToken {
        try await withThrowingTaskGroup(of: SecretToken?.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask {
                try await Task.sleep(for: self.timeout)
                return nil
            }
            defer { tasks.cancelAll() }
            guard let token = try await tasks.next() ?? nil else {
                throw AttemptFailure(reason: "the task broker did not respond to the auth token in time")
            }
            return token
        }
    }
}
