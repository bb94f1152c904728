public import Tasks

/// Receives a running task's prints and progress.
///
/// The methods are called on the printing thread of the task, one call at a time, with the interpreter lock held. An
/// implementation must not call the interpreter, and the task waits while an implementation blocks.
public protocol TaskSink: AnyObject {
    /// Receives text that the task printed, as UTF-8. The text of one call consists of whole characters and is not
    /// empty.
    func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer)

    /// The output of one `print` in n8n's dialect: the text of a JSON array of strings, of at most
    /// `ConsoleText.longestText` bytes. Longer output is cut and marked.
    func console(_ arguments: UnsafeRawBufferPointer)

    /// The task flushed its output stream. A sink may delay prints for a short time until then.
    func flush()

    /// In each-item mode, the number of processed items. It is called at intervals and not for every item, to keep it
    /// cheap.
    func progress(done: Int, total: Int)

    /// In each-item mode, items that are finished: the text of an array of them without its last bracket, valid only during the
    /// call.
    ///
    /// - Returns: Whether the sink takes them. Otherwise they are part of the result.
    func items(_ array: UnsafeRawBufferPointer) -> Bool
}

extension TaskSink {
    /// Takes no items before the result.
    public func items(_ array: UnsafeRawBufferPointer) -> Bool { false }

    /// Does nothing, for sinks that do not delay prints.
    public func flush() {}

    /// Writes the array as text, for sinks that treat console output as standard output.
    public func console(_ arguments: UnsafeRawBufferPointer) {
        unsafe self.log(.stdout, arguments)
    }
}
