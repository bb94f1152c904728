import Foundation
import Glibc
import TestSupport
import Testing

/// A machine that is short of something while tasks run. No failure ends the daemon or a task that runs, every task that was
/// accepted has an outcome, and all is as before once the shortage is over.
@Suite(.serialized, .enabled(if: FailingCalls.compiler != nil, "there is no C compiler"), .timeLimit(.minutes(10)))
struct MachineFailureTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var call: FailingCalls.Call
        var errors: [Int32]
        /// Whether a running task may be lost, because its own socket, or the only report of its end, is what fails.
        var losesTasks = false
        /// Every call fails, and every third one.
        var patterns: [Int32] = [1, 3]

        var testDescription: String { "\(self.call)" }
    }

    /// The errors that the manual pages give for a shortage. EAGAIN of accept(2) is left out: it says that no connection
    /// waits, and NIO's debug build asserts that it does not follow a readiness event.
    static let rows = [
        Row(call: .accept, errors: [EMFILE, ENFILE, ENOMEM, ENOBUFS]),
        Row(call: .socketpair, errors: [EMFILE, ENFILE, ENOMEM, ENOBUFS]),
        Row(call: .sendmsg, errors: [ENOMEM, ENOBUFS, EAGAIN]),
        Row(call: .recvmsg, errors: [ENOMEM, ENOBUFS, EMFILE], losesTasks: true),
        Row(call: .open, errors: [EMFILE, ENFILE, ENOMEM]),
        Row(call: .logWrite, errors: [ENOSPC, EAGAIN, ENOMEM]),
        Row(call: .socketWrite, errors: [ENOBUFS, ENOMEM], losesTasks: true),
        Row(call: .epollCreate, errors: [EMFILE, ENFILE, ENOMEM]),
        // At a limit every call fails. `EpollProbe` cannot find a call that fails between two that succeed.
        Row(call: .epollAdd, errors: [ENOSPC, ENOMEM], patterns: [1]),
        Row(call: .pipe, errors: [EMFILE, ENFILE]),
        Row(call: .thread, errors: [EAGAIN]),
        Row(call: .clone, errors: [EAGAIN, ENOMEM]),
    ]

    /// A daemon whose calls can be made to fail, and clients that are connected before they do.
    private final class Machine: @unchecked Sendable {
        let calls: FailingCalls
        let daemon: Daemon
        private let folder: ScratchFolder
        private var reloads = 0

        init() async throws {
            self.calls = try await FailingCalls()
            self.folder = try ScratchFolder(mode: 0o755)
            let file = try self.folder.file("runner.conf", "")
            let settings = [
                "TERRARIUM_STDLIB_ALLOW": "*", "TERRARIUM_TASK_TIMEOUT": "600", "TERRARIUM_WARM_WORKERS": "2",
                "TERRARIUM_MAX_CONCURRENCY": "8",
            ]
            self.daemon = try await Daemon.start(
                settings.merging(self.calls.environment) { $1 },
                arguments: ["--config", file]
            )
        }

        /// Changes a setting of workers. Its reload takes a new fork server: with it come threads, processes, pipes and files.
        private func changeSettings() throws {
            self.reloads += 1
            _ = try self.folder.file("runner.conf", "TERRARIUM_LOG_LIMIT=\(self.reloads % 1000 + 2)M\n")
        }

        /// Makes the daemon do everything that needs something of the machine, until so many calls have failed.
        ///
        /// - Returns: The outcomes of the tasks that were sent meanwhile, or why their connections ended.
        func provoke(_ call: FailingCalls.Call, _ error: Int32, every: Int32) async throws -> [String] {
            let clients = try (0..<4).map { _ in try self.connected() }
            let before = self.calls.failures(of: call)
            self.calls.fail(call, error, every: every)
            async let outcomes = withTaskGroup(of: [String].self) { group in
                for client in clients {
                    group.addTask { (try? await offloaded { self.runTasks(over: client) }) ?? [] }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            while self.calls.failures(of: call) < before + 6 {
                #expect(self.daemon.isRunning, "\(self.daemon.log.suffix(2000))")
                guard self.daemon.isRunning else { break }
                try self.changeSettings()
                self.daemon.signal(SIGHUP)
                // It stays in the backlog while accepting fails.
                let late = try? self.daemon.connect()
                try? late?.send("GET", "/healthz")
                try await Task.sleep(for: .milliseconds(100))
            }
            self.calls.fail(call, 0)
            return await outcomes
        }

        /// An open connection of which a first response has been read.
        private func connected() throws -> UnixHTTPConnection {
            let connection = try self.daemon.connect()
            try connection.send("GET", "/healthz")
            _ = try connection.receive()
            return connection
        }

        private func runTasks(over client: UnixHTTPConnection) -> [String] {
            var outcomes: [String] = []
            for _ in 0..<5 {
                do {
                    try client.send("POST", "/v1/run", body: Daemon.body("print('x')\nreturn [{'n': 1}]"))
                    outcomes.append(try client.receive().outcome)
                } catch {
                    return outcomes + ["\(error)"]
                }
            }
            return outcomes
        }

        /// Returns when everything is as before: new connections, tasks, fork servers.
        func recover() async throws {
            while try await self.daemon.run("return []").outcome != "succeeded" {}
            try self.changeSettings()
            // A signal that came before may still replace this reload.
            while try await self.daemon.request("POST", "/v1/reload").status != 200 {}
            while try await self.daemon.request("GET", "/readyz").status != 200 {}
        }
    }

    @Test(arguments: Self.rows) func aShortageEndsNothingThatRunsAndPasses(row: Row) async throws {
        let machine = try await Machine()
        for (error, every) in row.errors.flatMap({ error in row.patterns.map { (error, $0) } }) {
            let held = try await offloaded { try HeldTask(of: machine.daemon) }
            let outcomes = try await machine.provoke(row.call, error, every: every)
            let ended = try? await offloaded {
                try held.release()
                return try held.stream.next()["outcome"] as? String
            }
            if !row.losesTasks {
                #expect(ended == "succeeded")
                // A task for which no worker can be started ends as worker_died.
                #expect(Set(outcomes).isSubset(of: ["succeeded", "worker_died"]), "\(outcomes)")
                #expect(outcomes.count == 20)
            }
            try await machine.recover()
        }
        machine.daemon.signal(SIGTERM)
        #expect(try await machine.daemon.waitForExit() == 0, "\(machine.daemon.log.suffix(2000))")
    }
}
