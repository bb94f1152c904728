import Glibc
import Linux
import Tasks
import TestSupport
import Testing
import Wire

@testable import WorkerPool

/// A link with programs that are no fork servers. With the real one it is tested by ``WorkerEndTests``.
@Suite(.timeLimit(.minutes(10))) struct ForkServerLinkTests {
    private func link(_ program: String) -> ForkServerLink {
        ForkServerLink(id: ForkServerID(1), configuration: PoolFixtures.configuration(program, warm: 0))
    }

    /// Runs a link on a thread of its own until its process is gone.
    private func end(of link: ForkServerLink) async throws -> ForkServerLink.EndReason {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try DedicatedThread.start {
                    continuation.resume(returning: link.run(in: nil) { Issue.record("reported \($0)") })
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func script(_ text: String, in folder: ScratchFolder) throws -> String {
        let path = "\(folder.path)/program"
        try Programs.script("#!/bin/sh\n\(text)\n", to: path)
        return path
    }

    private static func socket() throws -> OwnedDescriptor {
        let pair = try SocketPair.stream()
        return pair.theirs
    }

    @Test func aProgramThatDoesNotExistIsNotSpawned() async throws {
        let reason = try await self.end(of: self.link("/nonexistent/program"))
        guard case .notSpawned(let message) = reason else { return #expect(Bool(false), "\(reason)") }
        #expect(message.contains("/nonexistent/program"))
    }

    @Test func aProgramThatEndsIsReportedWithItsStatus() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let reason = try await self.end(of: self.link(try self.script("exit 7", in: folder)))
        guard case .exited(let status) = reason else { return #expect(Bool(false), "\(reason)") }
        #expect(status.contains("7"))
    }

    @Test func aMessageThatIsNoEventEndsTheProcessAsOneThatFailed() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let program = try self.script("printf garbage >&3\nexec /bin/sleep 600", in: folder)
        let reason = try await self.end(of: self.link(program))
        guard case .failed(let failure) = reason else { return #expect(Bool(false), "\(reason)") }
        #expect(failure.message.hasPrefix("the fork server sent "))
    }

    @Test func aProgramThatIgnoresTheEndOfItsSocketIsKilled() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let program = try self.script("exec /bin/sleep 600", in: folder)
        // Called before there is a process as well as after.
        let stopped = self.link(program)
        stopped.stop()
        guard case .stopped = try await self.end(of: stopped) else { return #expect(Bool(false)) }
        let overdue = self.link(program)
        async let reason = self.end(of: overdue)
        overdue.abandon()
        guard case .overdue = try await reason else { return #expect(Bool(false)) }
    }

    @Test func withoutAControlSocketNoForkIsRequested() async throws {
        let link = self.link("/nonexistent/program")
        let isSentBefore = link.fork(WorkerID(number: 1), socket: try Self.socket())
        #expect(!isSentBefore)
        _ = try await self.end(of: link)
        let isSentAfter = link.fork(WorkerID(number: 2), socket: try Self.socket())
        #expect(!isSentAfter)
    }
}
