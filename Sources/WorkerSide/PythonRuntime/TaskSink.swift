public import Tasks

/// Receives a running task's prints and progress.
///
/// The methods are called on the printing thread of the task, one call at a time, with the interpreter lock held. An
/// implementation must not call the interpreter, and the task waits while an implementation blocks.
public protocol TaskSink: AnyObject {
    /// Receives text that the task printed, as UTF-8. The text of one call consists of whole characters and is not
    /// empty.
    func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer)

    /// Receives the output of one `print` in n8n's dialect: the text of a JSON array of strings, of at most
    /// `ConsoleText.longestText` bytes. Longer output is cut and marked.
    func console(_ arguments: UnsafeRawBufferPointer)

    /// Called when the task flushes its output stream. Until then a sink may delay prints for a short time.
    func flush()

    /// Receives the number of processed items in each-item mode. It is called at intervals, because a call for every
    /// item would be slow.
    func progress(done: Int, total: Int)

    /// Receives items that are finished in each-item mode: the text of a JSON array without its closing bracket, valid
    /// only during the call.
    ///
    /// - Returns: Whether the sink took the items. If not, they stay part of the result.
    func items(_ array: UnsafeRawBufferPointer) -> Bool
}

extension TaskSink {
    /// Takes no items, so that all of them are part of the result.
    public func items(_ array: UnsafeRawBufferPointer) -> Bool { false }

    /// Does nothing, for sinks that do not delay prints.
    public func flush() {}

    /// Writes the array as text, for sinks that treat console output as standard output.
    public func console(_ arguments: UnsafeRawBufferPointer) {
        unsafe self.log(.stdout, arguments)
    }
}
