/// An event of a task before its end.
public enum TaskEvent: Sendable {
    /// The task was sent to a worker.
    case started
    /// Text that the task printed. The boundaries of the pieces have no meaning.
    case log(LogStream, String)
    /// One print of a task of n8n's dialect: the text of one JSON array of strings on one line, checked by the pool.
    case console(ArraySlice<UInt8>)
    /// Finished items, in each-item mode and if the task asks for them (``PythonTask/streamsItems``): one JSON array of
    /// objects on one line, checked by the pool.
    case items(ArraySlice<UInt8>)
    /// The number of items that are done, in each-item mode.
    case progress(done: Int, total: Int)
}
