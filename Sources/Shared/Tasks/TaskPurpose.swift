/// What a worker does with a task.
public enum TaskPurpose: UInt8, Sendable {
    /// Run the code and return the items it produces.
    case run = 0
    /// Compile the code and check it against the policy; run nothing.
    case check = 1
    /// Attack the worker's own confinement and report the result of each attempt, for `terrarium doctor`. Such a task has no
    /// code, and no front end accepts it from a client.
    case probe = 2
}
