public import Tasks

/// The result of one run or check of a task's code.
public enum PythonTaskResult {
    /// The items: the text of one JSON array of objects, in UTF-8.
    case items(OutputBuffer)
    /// The report of a check.
    case checked(CheckReport)
    case failure(TaskFailure)
}
