import Tasks

/// Encoding of the message that reports a task's outcome.
extension RunnerMessage {
    /// Encodes an outcome as `runner:taskdone` or `runner:taskerror`.
    ///
    /// - Parameters:
    ///   - outcome: The outcome of the task.
    ///   - taskID: n8n's id of the task.
    ///   - continuesOnFail: Whether a failure is reported as an item of the result.
    ///   - maximumMessage: The largest message in bytes. A larger result is reported as a failure: otherwise the task
    ///     broker would close the connection, which ends all other tasks as well.
    /// - Returns: The pieces of the message.
    static func outcome(
        _ outcome: TaskOutcome,
        of taskID: String,
        continuesOnFail: Bool,
        maximumMessage: Int
    ) -> Pieces {
        let pieces =
            switch outcome.result {
            case .items(let result): self.done(taskID, result: result)
            case .checked: self.done(taskID, result: [0x5B, 0x5D])
            case .failure(let failure): self.failure(failure, of: taskID, continuesOnFail)
            }
        guard pieces.reduce(0, { $0 + $1.count }) > maximumMessage else { return pieces }
        let failure = TaskFailure(
            .outputExceeded,
            message: "the answer is larger than \(maximumMessage) bytes",
            hint: "return less, or raise TERRARIUM_MAX_PAYLOAD and n8n's N8N_RUNNERS_MAX_PAYLOAD"
        )
        return self.failure(failure, of: taskID, continuesOnFail)
    }

    /// With *continue on fail*, every failure but a cancellation becomes an item of the result. The worker already does so
    /// for exceptions of the task's code. Failures that arrive here are timeouts, exceeded limits and workers that died.
    private static func failure(_ failure: TaskFailure, of taskID: String, _ continuesOnFail: Bool) -> Pieces {
        guard continuesOnFail, failure.kind != .cancelled else { return self.failed(taskID, failure) }
        return self.done(taskID, result: FailureEncoding.errorItem(failure)[...])
    }
}
