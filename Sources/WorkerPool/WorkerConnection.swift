import JSONBytes
import NIOCore
import Tasks
import Wire

/// The broker's end of one worker's task socket: feeds its machine with what arrives and does what the machine says.
///
/// All mutable state is touched on the channel's event loop only; that is what makes it `Sendable`.
final class WorkerConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Who hears of what becomes of the worker. Called on the event loop.
    protocol Delegate: AnyObject, Sendable {
        func workerReady(_ id: WorkerID)
        func workerGone(_ id: WorkerID)
        func workerFinished(_ id: WorkerID)
        func workerLostTask(_ id: WorkerID, _ failure: TaskFailure)
        func signalWorker(_ id: WorkerID, _ signal: WorkerSignal)
    }

    enum WorkerSignal {
        case softStop
        case kill
    }

    let id: WorkerID
    let eventLoop: any EventLoop
    private let delegate: any Delegate
    private var machine: WorkerStateMachine
    private var decoder: WorkerFrameDecoder
    private var isRefused = false
    private var task: (assignment: TaskAssignment, observer: any TaskObserver)?
    private var deadline: Scheduled<Void>?
    private var kill: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    /// What of the task has not been handed to the channel.
    private var unsent = CircularBuffer<ArraySlice<UInt8>>()

    /// How many bytes are copied into one buffer at most.
    private static let chunk = 256 * 1024

    init(id: WorkerID, eventLoop: any EventLoop, limits: TaskLimits, delegate: any Delegate) {
        self.id = id
        self.eventLoop = eventLoop
        self.delegate = delegate
        self.machine = WorkerStateMachine(limits: limits)
        self.decoder = WorkerFrameDecoder(outputLimit: limits.output)
    }

    // MARK: From the pool, any thread

    /// Sends the task, and starts its clock.
    func assign(_ assignment: TaskAssignment, observer: any TaskObserver) {
        self.onLoop {
            self.task = (assignment, observer)
            let actions = self.machine.assigned(assignment, at: .now)
            if self.machine.isRunning, let context = self.context {
                self.send(assignment.request, in: context)
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

    /// - Parameter exit: How the process ended; nil when nobody can say any more.
    func processExited(_ exit: WorkerExit?) {
        self.onLoop { self.run(self.machine.exited(exit)) }
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if self.eventLoop.inEventLoop {
            body()
        } else {
            self.eventLoop.execute(body)
        }
    }

    private func send(_ request: TaskRequest, in context: ChannelHandlerContext) {
        self.unsent += [TaskFrame.head(for: request)[...], request.code, request.query ?? [], request.items]
        self.sendMore(in: context)
    }

    /// Goes on as far as the socket takes it: many items are in memory once, plus what is in flight. A small task is one
    /// buffer and one write.
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

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        self.run(self.machine.received(buffer.readableBytes))
        guard !self.isRefused else { return }
        buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            do throws(WireError) {
                while let frame = try self.decoder.next(from: &rest) {
                    self.run(self.machine.frame(frame, at: .now, check: AnswerCheck.problem))
                }
            } catch {
                self.isRefused = true
                self.run(self.machine.violated(error))
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !self.unsent.isEmpty { self.sendMore(in: context) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.unsent.removeAll()
        self.run(self.machine.streamEnded(stackText: self.decoder.stackText, at: .now))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a broken pipe: the worker is gone, which `channelInactive` takes from here.
        context.close(promise: nil)
    }

    // MARK: Effects

    private func run(_ actions: [WorkerStateMachine.Action]) {
        for action in actions {
            switch action {
            case .reportReady: self.delegate.workerReady(self.id)
            case .reportGone: self.delegate.workerGone(self.id)
            case .reportLostTask(let failure):
                self.endTask()
                self.delegate.workerLostTask(self.id, failure)
            case .emit(let event):
                guard let (assignment, observer) = self.task else { break }
                // It has them: no other worker will be asked for this task.
                if case .started = event { assignment.request.releaseItems() }
                observer.taskEmitted(event, assignment.id)
            case .finish(let outcome):
                if let (assignment, observer) = self.endTask() {
                    observer.taskFinished(outcome, assignment.id)
                }
                self.delegate.workerFinished(self.id)
            case .softStop: self.delegate.signalWorker(self.id, .softStop)
            case .kill:
                self.delegate.signalWorker(self.id, .kill)
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
