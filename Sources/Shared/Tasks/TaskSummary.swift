/// One row of the task list.
public struct TaskSummary: Equatable, Sendable {
    public enum State: String, Sendable {
        case queued
        case running
    }

    public var id: TaskID
    public var label: String?
    public var state: State
    public var mode: TaskMode
    public var peer: Peer
    /// The time since the task was accepted.
    public var age: Duration
    /// The resources that it has used so far; nil for a waiting task, or if they could not be read from the kernel.
    public var resources: TaskResources?

    public init(
        id: TaskID,
        label: String?,
        state: State,
        mode: TaskMode,
        peer: Peer,
        age: Duration,
        resources: TaskResources? = nil
    ) {
        self.id = id
        self.label = label
        self.state = state
        self.mode = mode
        self.peer = peer
        self.age = age
        self.resources = resources
    }
}
