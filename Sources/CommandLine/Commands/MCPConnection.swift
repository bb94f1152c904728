import Client
import Tasks

/// One client on standard input and standard output. Carries out what ``MCPStateMachine`` decides: a request that takes the
/// service runs in a child task.
actor MCPConnection {
    private let client: TerrariumClient
    private let input = StandardInput()
    private var machine = MCPStateMachine()
    /// What is finished to end the work on a request. A client may use the identifier of a cancelled request again while the work on
    /// that one still ends, so the work has a number.
    private struct End {
        let number: Int
        let continuation: AsyncStream<Never>.Continuation
    }

    /// By request that is carried out and not cancelled.
    private var ends: [MCPRequestID: End] = [:]
    private var lastNumber = 0

    init(client: TerrariumClient) {
        self.client = client
    }

    /// Serves until the client closes standard input or no longer reads; what runs then is cancelled.
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

    /// Writes a message. The actor is blocked meanwhile, so that no more is read than the client takes answers for.
    private func send(_ message: [UInt8]) {
        // A client that does not read has ended.
        if !Terminal.isWritten(message + [UInt8(ascii: "\n")]) { self.input.close() }
    }

    /// Sends a notification about a request, unless that has been cancelled.
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
            // What the service says to a call is for the model: it may be the reason to try later, or with less.
            guard case .call = work else { return MCPMessage.error(.internalError, message, to: id) }
            return MCPMessage.response(to: id) { MCPTool.writeResult([message], isError: true, to: &$0) }
        }
    }

    /// Runs a task and tells of its progress when the client has given a token for that.
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
            // One byte more than is shown, so that the cut is noticed.
            if printed.utf8.count <= MCPTool.maximumText { printed += print.text }
            if let message = progress.printed(print.text, at: .now) { await self.notify(message, of: id, number) }
        }
        return (answer, printed)
    }
}
