import JSONBytes
import Linux
import NIOCore
import Tasks
import Wire

/// The broker's end of one worker's task socket, and the only handler of its channel. Passes frames, timers and the end
/// of the socket to a ``WorkerStateMachine`` and carries out its actions. Owned by ``WorkerPool``, to which it reports.
///
/// It is `Sendable` because its mutable state is used on the channel's event loop only.
final class WorkerConnection: ChannelInboundHandler, FrameTurns.Taker, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let id: WorkerID
    let eventLoop: any EventLoop
    private let pool: WorkerPool
    private let turns: FrameTurns
    private var machine: WorkerStateMachine
    private var decoder: WorkerFrameDecoder
    private var isClosed = false
    /// Received bytes that wait to be decoded, because the frames before them used up the turn. Reading is paused
    /// meanwhile.
    private var undecoded = CircularBuffer<ByteBuffer>()
    private var isWaitingForTurn = false
    /// The JSON of a frame is being checked on another thread. The frames behind it wait.
    private var isChecking = false
    /// What the frames of this turn may still cost. It is reset to ``framesPerTurn`` after each read of the channel and
    /// at each turn that ``FrameTurns`` grants.
    private var room = WorkerConnection.framesPerTurn
    private var isReadingPaused = false
    /// Whether the socket has ended. The machine is told so after the last frame.
    private var hasStreamEnded = false
    private var task: (assignment: TaskAssignment, observer: any TaskObserver)?
    private var deadline: Scheduled<Void>?
    private var kill: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    /// The parts of the task that have not been written to the channel.
    private var unsent = CircularBuffer<ArraySlice<UInt8>>()

    /// The size of the largest buffer that is written.
    private static let chunk = 256 * 1024
    /// The number of frames that are handled in one turn, before the event loop goes on to other channels. Further
    /// frames wait for ``FrameTurns``. A print or a list of items counts as one more frame for each kilobyte. Without
    /// this bound, a worker that sends frames of nine bytes as fast as it can would keep the event loop from all other
    /// work.
    static let framesPerTurn = 128
    /// JSON up to this size is checked on the event loop, which takes less than a millisecond.
    static let maximumCheckedOnEventLoop = 256 * 1024

    init(id: WorkerID, eventLoop: any EventLoop, limits: TaskLimits, processors: Int, pool: WorkerPool) {
        self.id = id
        self.eventLoop = eventLoop
        self.pool = pool
        self.turns = FrameTurns.queue(of: eventLoop)
        self.machine = WorkerStateMachine(limits: limits, processors: processors)
        self.decoder = WorkerFrameDecoder(outputLimit: limits.output)
    }

    // MARK: From the pool, on any thread

    /// Sends the task and starts its timeout.
    func assign(_ assignment: TaskAssignment, observer: any TaskObserver) {
        self.onLoop {
            guard self.task == nil else { return self.pool.workerLostTask(self.id, WorkerStateMachine.notReady) }
            self.task = (assignment, observer)
            let actions = self.machine.assigned(assignment, at: .now)
            if self.machine.isRunning, let context = self.context {
                self.send(assignment.task, in: context)
                self.deadline = self.eventLoop.scheduleTask(in: TimeAmount(assignment.timeout)) {
                    self.run(self.machine.deadlineReached())
                }
            }
            self.run(actions)
        }
    }

    func stopTask(for reason: StopReason) {
        self.onLoop { self.run(self.machine.stopRequested(for: reason)) }
    }

    /// - Parameter exit: How the process ended; nil when this is unknown because the fork server is gone.
    func processExited(_ exit: WorkerExit?) {
        self.onLoop { self.run(self.machine.exited(exit)) }
    }

    /// Closes the socket of a worker that cannot be used. `channelInactive` then reports it gone.
    func close() {
        self.onLoop {
            self.isClosed = true
            self.context?.close(promise: nil)
        }
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if self.eventLoop.inEventLoop {
            body()
        } else {
            self.eventLoop.execute(body)
        }
    }

    private func send(_ task: PythonTask, in context: ChannelHandlerContext) {
        let items = task.items.bytes
        self.unsent += [TaskFrame.head(for: task, items: items)[...], task.code, task.query ?? [], items]
        self.sendMore(in: context)
    }

    /// Writes while the channel is writable, so that a large task is not copied as a whole. A small task is one buffer and
    /// one write.
    private func sendMore(in context: ChannelHandlerContext) {
        while context.channel.isWritable, !self.unsent.isEmpty {
            let left = self.unsent.reduce(0) { $0 + $1.count }
            var buffer = context.channel.allocator.buffer(capacity: min(left, Self.chunk))
            while buffer.readableBytes < Self.chunk, let part = self.unsent.popFirst() {
                let piece = part.prefix(Self.chunk - buffer.readableBytes)
                if piece.count < part.count { self.unsent.prepend(part.dropFirst(piece.count)) }
                buffer.writeBytes(piece)
            }
            context.write(self.wrapOutboundOut(buffer), promise: nil)
        }
        context.flush()
    }

    // MARK: From the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        // `close` was called before there was a channel.
        if self.isClosed { context.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        self.run(self.machine.received(buffer.readableBytes))
        self.undecoded.append(buffer)
        self.handleFramesInTurn()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.room = Self.framesPerTurn
        context.fireChannelReadComplete()
    }

    func takeTurn() {
        self.isWaitingForTurn = false
        self.room = Self.framesPerTurn
        self.handleFrames()
    }

    private func handleFramesInTurn() {
        if !self.isWaitingForTurn, !self.isChecking { self.handleFrames() }
    }

    /// Handles frames while the turn has room, and asks for another turn if there are more.
    private func handleFrames() {
        while self.room > 0, !self.isChecking, !self.machine.ignoresFrames, var buffer = self.undecoded.popFirst() {
            self.handleFrames(in: &buffer)
            if buffer.readableBytes > 0 { self.undecoded.prepend(buffer) }
        }
        if self.machine.ignoresFrames { self.undecoded.removeAll() }
        self.pauseReading(self.isChecking || !self.undecoded.isEmpty)
        if self.isChecking {
            return
        } else if !self.undecoded.isEmpty {
            self.isWaitingForTurn = true
            self.turns.request(for: self)
        } else if self.hasStreamEnded {
            self.run(self.machine.streamEnded(stackText: self.decoder.stackText, at: .now))
        }
    }

    private static func cost(of frame: WorkerFrame) -> Int {
        switch frame {
        case .log(_, let text): 1 + text.utf8.count / 1024
        case .console(let arguments), .items(let arguments): 1 + arguments.count / 1024
        // A task has at most one frame of each of these kinds, except progress, whose frames are small.
        case .ready, .started, .progress, .imported, .result, .report, .failure, .stopped: 1
        }
    }

    private func pauseReading(_ isPaused: Bool) {
        guard isPaused != self.isReadingPaused else { return }
        self.isReadingPaused = isPaused
        // An error means that the channel is closed, so that there is nothing to read.
        try? self.context?.channel.syncOptions?.setOption(.autoRead, value: !isPaused)
    }

    private func handleFrames(in buffer: inout ByteBuffer) {
        let count = buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            do throws(WireError) {
                while self.room > 0, !self.isChecking, let frame = try self.decoder.next(from: &rest) {
                    self.room -= Self.cost(of: frame)
                    self.handle(frame)
                }
            } catch {
                self.run(self.machine.violated(error))
            }
            return bytes.count - rest.count
        }
        buffer.moveReaderIndex(forwardBy: count)
    }

    private func handle(_ frame: WorkerFrame) {
        let now = ContinuousClock.now
        guard self.machine.isRunning, let dialect = self.task?.assignment.task.dialect,
            let (kind, text) = frame.unchecked(for: dialect), text.count > Self.maximumCheckedOnEventLoop
        else { return self.run(self.machine.frame(frame, at: now, check: WorkerOutputValidator.problem)) }
        self.isChecking = true
        self.pool.work.run {
            let problem = WorkerOutputValidator.problem(kind, text)
            self.eventLoop.execute {
                self.isChecking = false
                self.run(self.machine.frame(frame, at: now) { _, _ in problem })
                self.handleFramesInTurn()
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !self.unsent.isEmpty { self.sendMore(in: context) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.unsent.removeAll()
        self.hasStreamEnded = true
        self.handleFramesInTurn()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a broken pipe: the worker is gone. `channelInactive` follows.
        context.close(promise: nil)
    }

    // MARK: Effects

    private func run(_ actions: [WorkerStateMachine.Action]) {
        for action in actions {
            switch action {
            case .reportReady: self.pool.workerReady(self.id)
            case .reportGone: self.pool.workerGone(self.id)
            case .reportLostTask(let failure):
                self.endTask()
                self.pool.workerLostTask(self.id, failure)
            case .emit(let event):
                guard let (assignment, observer) = self.task else { break }
                // The broker no longer needs the items: the worker has them, and a task that has started is not given
                // to another worker.
                if case .started = event { assignment.task.items.release() }
                observer.taskEmitted(event, assignment.id)
            case .finish(let outcome):
                if let (assignment, observer) = self.endTask() {
                    observer.taskFinished(outcome, assignment.id)
                }
                self.pool.workerFinished(self.id)
            case .reportImports(let modules): self.pool.workerImported(modules)
            case .softStop: self.pool.signalWorker(self.id, .softStop)
            case .kill:
                self.pool.signalWorker(self.id, .kill)
            case .scheduleKill(let delay):
                self.kill = self.eventLoop.scheduleTask(in: TimeAmount(delay)) {
                    self.run(self.machine.killDue())
                }
            }
        }
    }

    @discardableResult
    private func endTask() -> (assignment: TaskAssignment, observer: any TaskObserver)? {
        self.deadline?.cancel()
        self.kill?.cancel()
        self.deadline = nil
        self.kill = nil
        defer { self.task = nil }
        return self.task
    }
}
