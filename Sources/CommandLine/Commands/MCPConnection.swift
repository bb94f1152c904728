import Client
import Tasks

/// The connection to one client on standard input and standard output. Carries out the actions of ``MCPStateMachine``:
/// a request that needs the service runs in a child task.
actor MCPConnection {
    private let client: TerrariumClient
    private let input = StandardInput()
    private var machine = MCPStateMachine()
    /// Ends the work on one request when its continuation is finished. A client may reuse the identifier of a cancelled
    /// request before the work on that request has ended, so the work is identified by a number as well.
    private struct End {
        let number: Int
        let continuation: AsyncStream<Never>.Continuation
    }

    /// One entry for each request that is being carried out and was not cancelled.
    private var ends: [MCPRequestID: End] = [:]
    private var lastNumber = 0

    init(client: TerrariumClient) {
        self.client = client
    }

    /// Serves until the client closes standard input or no longer reads. Requests that still run are then cancelled.
    func serve() async {
        await withDiscardingTaskGroup { group in
            var splitter = InputLineSplitter()
            while case let bytes = await self.input.next(), !bytes.isEmpty {
                for line in splitter.append(bytes) {
                    for action in self.machine.received(line) {
                        switch action {
                        case .send(let message): self.send(message)
                        case .cancel(let id): self.ends.removeValue(forKey: id)?.continuation.finish()
                        case .start(let id, let work):
                            let (end, continuation) = AsyncStream<Never>.makeStream()
                            self.lastNumber += 1
                            let number = self.lastNumber
                            self.ends[id] = End(number: number, continuation: continuation)
                            group.addTask { await self.carryOut(work, for: id, number, until: end) }
                        }
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Writes a message. Blocks the actor meanwhile, so that no requests are read while the client does not read
    /// responses.
    private func send(_ message: [UInt8]) {
        // A failed write means that the client no longer reads.
        if !Terminal.isWritten(message + [UInt8(ascii: "\n")]) { self.input.close() }
    }

    /// Sends a notification about a request, unless the request has ended or was cancelled.
    private func notify(_ message: [UInt8], of id: MCPRequestID, _ number: Int) {
        if self.ends[id]?.number == number { self.send(message) }
    }

    private nonisolated func carryOut(
        _ work: MCPStateMachine.Work,
        for id: MCPRequestID,
        _ number: Int,
        until end: AsyncStream<Never>
    ) async {
        let response = await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { await self.response(work, to: id, number) }
            group.addTask {
                for await _ in end {}
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        await self.ended(id, number, response)
    }

    private func ended(_ id: MCPRequestID, _ number: Int, _ response: [UInt8]?) {
        guard self.ends[id]?.number == number, self.machine.ended(id) else { return }
        self.ends.removeValue(forKey: id)?.continuation.finish()
        if let response { self.send(response) }
    }

    // MARK: Work

    private nonisolated func response(
        _ work: MCPStateMachine.Work,
        to id: MCPRequestID,
        _ number: Int
    ) async -> [UInt8]? {
        do {
            switch work {
            case .list:
                let info = try await self.client.info()
                return MCPMessage.response(to: id) { MCPTool.writeList(info, to: &$0) }
            case .call(let call, let token):
                let (answer, printed) = try await self.run(call, id, number, token)
                let note = await EmptyResult.note(of: call.submission, answer, client: self.client)
                let texts = try MCPTool.texts(answer, call: call, printed: printed, note: note)
                return MCPMessage.response(to: id) {
                    MCPTool.writeResult(texts, isError: answer.failure != nil, to: &$0)
                }
            }
        } catch is CancellationError {
            return nil
        } catch {
            let message = (error as? ClientError).map { CommandError($0).message } ?? "\(error)"
            // An error of a call is sent as the tool's result, which the model reads: it may try later, or with less
            // data.
            guard case .call = work else { return MCPMessage.error(.internalError, message, to: id) }
            return MCPMessage.response(to: id) { MCPTool.writeResult([message], isError: true, to: &$0) }
        }
    }

    /// Runs a task, and sends notifications of its progress when the client has given a token for them.
    private nonisolated func run(
        _ call: MCPToolCall,
        _ id: MCPRequestID,
        _ number: Int,
        _ token: MCPRequestID?
    ) async throws -> (TaskAnswer, printed: String) {
        var printed = ""
        var progress = MCPProgress(token: token)
        let answer = try await self.client.run(call.submission) { event in
            guard case .log(let print) = event else { return }
            // Collects more bytes than are shown, so that the text is recognised as too long and gets a mark.
            if printed.utf8.count <= MCPTool.maximumText { printed += print.text }
            if let message = progress.printed(print.text, at: .now) { await self.notify(message, of: id, number) }
        }
        return (answer, printed)
    }
}
