import Tasks
import Text

/// Hints on failures that the temporary folder of a task would have avoided, or a larger one.
enum FileFailureHint {
    /// The hint on a failure.
    ///
    /// - Parameters:
    ///   - failure: The failure of a task.
    ///   - folder: Bytes of the task's temporary folder; 0 for none.
    /// - Returns: The hint; nil for a failure that is not about files.
    static func text(for failure: TaskFailure, folder: Int) -> String? {
        guard failure.kind == .pythonError else { return nil }
        let isFull = failure.message.contains("[Errno 28] ")
        if folder > 0 {
            guard isFull else { return nil }
            return
                "The temporary folder of the task is full: it holds \(ByteText.text(folder)), and a file for each 8 KB of"
                + " that (TERRARIUM_TEMP_SIZE). Remove files that are done with, or raise the setting."
        }
        let wantsFolder =
            failure.message.contains("No usable temporary directory")
            || failure.message.contains("opens a file for writing")
            || failure.message.contains("blocked: openat (for writing)")
        guard wantsFolder else { return nil }
        return "This task has no folder to write to; TERRARIUM_TEMP_SIZE gives each task a temporary folder of its own."
    }
}
