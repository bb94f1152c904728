import Tasks
import Text

/// Hints for tasks that failed because they had no temporary folder, or because theirs was full.
enum FileFailureHint {
    /// The hint for a failure, found by its message.
    ///
    /// - Parameters:
    ///   - failure: The failure of a task.
    ///   - folder: The size of the task's temporary folder in bytes; 0 if it has none.
    /// - Returns: The hint; nil if the failure has another cause.
    static func text(for failure: TaskFailure, folder: Int) -> String? {
        guard failure.kind == .pythonError else { return nil }
        let isFull = failure.message.contains("[Errno 28] ")
        if folder > 0 {
            guard isFull else { return nil }
            return
                "the temporary folder of the task is full: it holds \(ByteText.text(folder)), and a file for each 8 KB of"
                + " that (TERRARIUM_TEMP_SIZE); remove files that are done with, or raise the setting"
        }
        let wantsFolder =
            failure.message.contains("No usable temporary directory")
            || failure.message.contains("opens a file for writing")
            || failure.message.contains("blocked: openat (for writing)")
        guard wantsFolder else { return nil }
        return "this task has no folder to write to; TERRARIUM_TEMP_SIZE gives each task a temporary folder of its own"
    }
}
