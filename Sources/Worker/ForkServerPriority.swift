import Linux

/// A fork server gets out of the way of the tasks that run: its forks are for tasks to come. Not when one is waited for.
struct ForkServerPriority {
    /// The nice value that tasks run at.
    private let workerNice: Int
    /// The server's own while nothing is urgent: low, but not so low that it would starve.
    private let patientNice: Int
    private var current: Int

    /// Longer than anybody else's (a few milliseconds), for the fork server and its workers alike. Who waits for an answer is
    /// woken while the worker that gave it ends, often on the same processor; taking a process down takes as long as a
    /// whole task, and with equal slices the one that is waiting waits for that too.
    private static let timeSlice = Duration.milliseconds(10)

    /// What a worker that is forked now has to set; nil when it has it already.
    var niceForWorker: Int? { self.current == self.workerNice ? nil : self.workerNice }

    /// Takes the present nice value for that of the tasks. Without a way back from a higher one everything stays there.
    init() {
        let usual = CurrentProcess.nice
        self.workerNice = usual
        self.current = usual
        self.patientNice = CurrentProcess.lowestNice <= usual ? min(usual + 15, 19) : usual
        // Only speed is at stake, here and below.
        try? CurrentProcess.setTimeSlice(Self.timeSlice)
    }

    /// Sets the priority of this process for the fork to come.
    mutating func use(isUrgent: Bool) {
        let wanted = isUrgent ? self.workerNice : self.patientNice
        guard wanted != self.current else { return }
        try? CurrentProcess.setNice(wanted)
        self.current = wanted
    }
}
