/// An event of a task before its end.
public enum TaskEvent: Sendable {
    /// The task was sent to a worker.
    case started
    /// Text that the task printed. The boundaries of the pieces have no meaning.
    case log(LogStream, String)
    /// One print of a task of n8n's dialect: the text of one JSON array of strings on one line, checked by the pool.
    case console(ArraySlice<UInt8>)
    /// In each-item mode: items that are finished, if the task asks for them (``PythonTask/streamsItems``). One JSON array of
    /// objects on one line, checked by the pool.
    case items(ArraySlice<UInt8>)
    /// In each-item mode: how many of the items are done.
    case progress(done: Int, total: Int)
}
