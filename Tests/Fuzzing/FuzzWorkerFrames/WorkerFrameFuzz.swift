import Tasks
import Wire

@testable import WorkerPool

/// Holds the decoder and the state machine of a worker to what they promise for any bytes that a worker can send. Used by the
/// fuzz target, and by the tests, which replay its corpus.
enum WorkerFrameFuzz {
    private static let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1000, log: 100)

    /// What came of the bytes, as text.
    private struct Reading: Equatable {
        var actions: [String] = []
        var logged = 0
        /// How often the pool was told that it can forget the worker.
        var ends = 0
        var isAssigned = false
    }

    /// Traps when a promise is broken.
    ///
    /// - Parameter bytes: The first one selects the kind of task, the rest is what the worker sends.
    static func check(_ bytes: [UInt8]) {
        guard let selector = bytes.first else { return }
        let whole = self.read(bytes.dropFirst(), step: .max, selector)
        let parts = self.read(bytes.dropFirst(), step: 1, selector)
        precondition(whole == parts, "read as a whole: \(whole), byte by byte: \(parts)")
        precondition(whole.ends == 1, "\(whole)")
        precondition(whole.logged <= self.limits.log + 200, "\(whole)")
    }

    private static func read(_ bytes: ArraySlice<UInt8>, step: Int, _ selector: UInt8) -> Reading {
        var machine = WorkerStateMachine(limits: self.limits, processors: 2)
        var decoder = WorkerFrameDecoder(outputLimit: self.limits.output)
        var reading = Reading()
        let now = ContinuousClock.now
        var rest = bytes
        do throws(WireError) {
            while !rest.isEmpty {
                let chunk = Array(rest.prefix(step))
                rest = rest.dropFirst(step)
                self.note(machine.received(chunk.count), &machine, &reading, selector, now)
                var taken = 0
                while taken < chunk.count, !machine.ignoresFrames {
                    let (frame, count) = try self.next(of: Array(chunk[taken...]), &decoder).get()
                    taken += count
                    guard let frame else { break }
                    let actions = machine.frame(frame, at: now, check: WorkerOutputValidator.problem)
                    self.note(actions, &machine, &reading, selector, now)
                }
            }
        } catch {
            self.note(machine.violated(error), &machine, &reading, selector, now)
        }
        let isExitFirst = selector & 4 != 0
        let exit = WorkerExit(status: 0, signal: 9, usage: ReportedUsage(cpu: .zero, peakResidentBytes: 0))
        if isExitFirst { self.note(machine.exited(exit), &machine, &reading, selector, now) }
        self.note(machine.streamEnded(stackText: decoder.stackText, at: now), &machine, &reading, selector, now)
        if !isExitFirst { self.note(machine.exited(exit), &machine, &reading, selector, now) }
        return reading
    }

    /// The next frame, and how many bytes it took.
    private static func next(
        of bytes: [UInt8],
        _ decoder: inout WorkerFrameDecoder
    ) -> Result<(WorkerFrame?, Int), WireError> {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            do throws(WireError) {
                let frame = try decoder.next(from: &rest)
                return .success((frame, buffer.count - rest.count))
            } catch {
                return .failure(error)
            }
        }
    }

    private static func note(
        _ actions: [WorkerStateMachine.Action],
        _ machine: inout WorkerStateMachine,
        _ reading: inout Reading,
        _ selector: UInt8,
        _ now: ContinuousClock.Instant
    ) {
        for action in actions {
            reading.actions.append("\(action)")
            switch action {
            case .finish, .reportLostTask, .reportGone: reading.ends += 1
            case .emit(.log(_, let text)): reading.logged += text.utf8.count
            case .emit(.console(let text)): reading.logged += text.count
            case .emit, .reportImports, .softStop, .kill, .scheduleKill: break
            case .reportReady:
                precondition(!reading.isAssigned, "ready twice")
                reading.isAssigned = true
                let assigned = machine.assigned(self.assignment(selector), at: now)
                self.note(assigned, &machine, &reading, selector, now)
            }
        }
    }

    private static func assignment(_ selector: UInt8) -> TaskAssignment {
        var generator = FixedGenerator()
        let task = PythonTask(
            purpose: selector & 2 != 0 ? .check : .run,
            code: Array("a\nb\n".utf8)[...],
            dialect: selector & 1 != 0 ? .n8n : .native
        )
        return TaskAssignment(id: TaskID(using: &generator), task: task, timeout: .seconds(1))
    }

    private struct FixedGenerator: RandomNumberGenerator {
        mutating func next() -> UInt64 { 7 }
    }
}
