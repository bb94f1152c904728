import Dispatcher
import Synchronization
import Tasks

/// From submission to the observer's word of the end, without any worker in between.
enum DispatcherBenchmarks {
    /// Ends every task when it is told to, the oldest first.
    private final class Executor: TaskExecutor {
        private let running = Mutex<[(TaskAssignment, any TaskObserver)]>([])

        func execute(_ assignment: TaskAssignment, observer: any TaskObserver) {
            self.running.withLock { $0.append((assignment, observer)) }
        }

        func stop(_ id: TaskID, for reason: StopReason) {}

        /// Ends as many tasks as there are, with those that begin because of it; answers how many that were.
        func finishAll() -> Int {
            var count = 0
            while let (assignment, observer) = self.running.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                observer.taskEmitted(.started, assignment.id)
                observer.taskFinished(TaskOutcome(result: .items([0x5B, 0x5D])), assignment.id)
                count += 1
            }
            return count
        }
    }

    private final class Observer: TaskObserver {
        func taskEmitted(_ event: TaskEvent, _ id: TaskID) {}
        func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {}
    }

    private struct Lost: Error {
        var expected: Int
        var finished: Int
    }

    static func run() throws -> [Figure] {
        [
            try Self.measure("dispatcher: a task with a free slot", tasks: 1, peers: 1),
            try Self.measure("dispatcher: a task of 100 of one peer for 5 slots", tasks: 100, peers: 1),
            try Self.measure("dispatcher: a task of 100 of ten peers for 5 slots", tasks: 100, peers: 10),
        ]
    }

    private static func measure(_ name: String, tasks: Int, peers: UInt32) throws -> Figure {
        let executor = Executor()
        let dispatcher = TaskDispatcher(
            executor: executor,
            memory: UserMemory(.init(perUser: 1 << 40, answer: 1)),
            configuration: DispatcherConfiguration(maximumConcurrency: 5, queueLimit: 100, taskTimeout: .seconds(60))
        )
        let submission = TaskSubmission(PythonTask(code: Array("return _items".utf8)[...]))
        let observer = Observer()
        let median = try Stopwatch.median {
            for index in 0..<tasks {
                let peer = Peer(uid: UInt32(index) % peers, isPrivileged: false)
                _ = dispatcher.submit(submission, from: peer, observer: observer)
            }
            let finished = executor.finishAll()
            guard finished == tasks else { throw Lost(expected: tasks, finished: finished) }
        }
        return Figure(name: name, value: Double(tasks) / median * 1_000_000_000, unit: "tasks/s")
    }
}
