import Baselines
import Commands
import Glibc
import Linux
import Sandbox
import Tasks
import Wire
import WorkerPool

/// A running `terrarium-baseline`: a fork server with the service's settings that measures baselines. One benchmark owns
/// it. The process ends when this value is deinitialised, or when its control socket closes. Every function blocks its
/// thread.
final class BaselineProcess: Sendable {
    private let control: OwnedDescriptor
    private let process: ProcessDescriptor

    /// Starts the process and returns when it is ready to measure.
    ///
    /// - Parameter configuration: The service's configuration of workers, with the path of `terrarium-baseline` as the
    ///   program.
    /// - Throws: ``CommandError`` if the process cannot be started or cannot confine itself.
    init(_ configuration: WorkerPoolConfiguration) throws(CommandError) {
        do {
            let pair = try SocketPair.sequencedPackets()
            let process = try ForkServerProcess.spawn(
                executable: configuration.program,
                arguments: ["terrarium-baseline"],
                environment: SandboxProfile.environment(timeZone: configuration.worker.timeZone)
                    + configuration.shownEnvironment,
                descriptors: [pair.theirs.rawValue]
            )
            self.process = process.takeDescriptor()
            self.control = OwnedDescriptor(owning: Self.keepOurs(pair))
        } catch {
            throw CommandError(status: .failure, message: "\(error)")
        }
        try self.configure(ControlRequest.configure(configuration.worker))
    }

    deinit {
        self.kill()
        _ = try? self.process.wait()
    }

    /// Closes this process's copy of the other end, so that the stream ends when the other process ends.
    private static func keepOurs(_ pair: consuming SocketPair) -> CInt { pair.ours.release() }

    private func configure(_ request: ControlRequest) throws(CommandError) {
        switch try self.exchange(request.encoded, { try ControlEvent(decoding: $0) }) {
        case .ready: return
        case .failed(let failure):
            let isMinimum = failure.reason == .sandbox
            throw CommandError(status: isMinimum ? .sandboxMinimumNotMet : .failure, message: failure.message)
        case let event:
            throw CommandError(status: .failure, message: "terrarium-baseline sent \(event) before it was ready")
        }
    }

    /// Measures each baseline `rounds` times.
    ///
    /// - Throws: ``CommandError`` if the process has ended; its own message is then on standard error.
    func measure(rounds: Int) throws(CommandError) -> BaselineReport {
        try self.exchange(BaselineRequest(rounds: UInt32(clamping: rounds)).encoded) {
            try BaselineReport(decoding: $0)
        }
    }

    /// Kills the process. A call that waits for the process throws.
    func kill() {
        try? self.process.signal(SIGKILL)
    }

    private func exchange<Answer>(
        _ request: [UInt8],
        _ decode: ([UInt8]) throws -> Answer
    ) throws(CommandError) -> Answer {
        do {
            try DescriptorPassing.send(request, descriptor: nil, over: self.control.rawValue)
            let answer = try DescriptorPassing.receive(
                from: self.control.rawValue,
                maximum: ControlRequest.maximumSize
            )
            if let answer { return try decode(answer.bytes) }
        } catch {
            throw CommandError(status: .failure, message: "terrarium-baseline: \(error)")
        }
        throw CommandError(status: .failure, message: "terrarium-baseline has ended")
    }
}
