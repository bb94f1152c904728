import Foundation
import Glibc
import TestSupport
import Testing

/// The end of workers after their last frame, and of all of them with their broker.
@Suite(.serialized) struct WorkerEndTests {
    /// What a worker's last frame can be, and what else makes it the last; each by a request that brings it.
    enum LastFrame: CaseIterable {
        case result
        case pythonError
        case report
        case tooLarge
        case invalidResult
        case oversizedResult
        case forgedSize
        case nonsense
        case forgedResult

        var path: String { self == .report ? "/v1/check" : "/v1/run" }

        var body: Data {
            switch self {
            case .result, .report: Daemon.body("return [{'n': 1}]")
            case .pythonError: Daemon.body("raise ValueError('no')")
            case .tooLarge: Daemon.body("#" + String(repeating: "x", count: 40 << 20) + "\nreturn []")
            case .invalidResult: Daemon.body("return 5")
            case .oversizedResult: Daemon.body("return [{'blob': 'x' * 2_000_000}]")
            case .forgedSize:
                Daemon.body("import os\nos.write(3, bytes([255,255,255,127,5,0,0,0]))\nreturn []")
            // The worker goes on to its own last frame, and waits: only the broker can end it.
            case .nonsense: Daemon.body("import os\nos.write(3, b'\\xff' * 100)\nreturn []")
            case .forgedResult:
                Daemon.body(
                    "import os\nos.write(3, bytes([42,0,0,0,5,0,0,0]) + bytes(40) + b'[]')\nwhile True: pass"
                )
            }
        }

        var outcome: String? {
            switch self {
            case .result, .forgedResult: "succeeded"
            case .report: nil
            case .pythonError: "python_error"
            case .tooLarge: "memory_exceeded"
            case .invalidResult: "invalid_result"
            case .oversizedResult, .forgedSize: "output_exceeded"
            case .nonsense: "worker_died"
            }
        }

        /// The reasons that the broker counts.
        var kills: Set<String> {
            switch self {
            case .forgedSize: ["output"]
            case .nonsense: ["invalid_answer"]
            case .result, .pythonError, .report, .tooLarge, .invalidResult, .oversizedResult, .forgedResult: []
            }
        }
    }

    /// No worker ends by itself after its last frame, so one that the broker forgot to end would be there for good.
    @Test(arguments: LastFrame.allCases)
    func everyWorkerIsEndedAfterItsLastFrameAndCountedAsWhatItsTaskWas(last: LastFrame) async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_STDLIB_ALLOW": "*", "TERRARIUM_WARM_WORKERS": "1", "TERRARIUM_MAX_CONCURRENCY": "1",
            "TERRARIUM_MEMORY_LIMIT": "32M", "TERRARIUM_OUTPUT_LIMIT": "1M", "TERRARIUM_TASK_TIMEOUT": "600",
        ])
        try await offloaded {
            let connection = try daemon.connect()
            try connection.waitForWarmWorkers(1)
            let workers = ProcessTree.children(of: daemon.pid).flatMap { ProcessTree.children(of: $0) }
            try connection.send("POST", last.path, body: last.body)
            let reply = try connection.receive()
            #expect(reply.status == 200, "\(reply.text.prefix(300))")
            if let outcome = last.outcome { #expect(reply.outcome == outcome, "\(reply.text.prefix(300))") }
            #expect(ProcessTree.allEnd(workers))
            try connection.send("GET", "/metrics")
            let kills = try connection.receive().text.split(separator: "\n")
                .filter { $0.hasPrefix("terrarium_worker_kills_total{") && !$0.hasSuffix(" 0") }
            #expect(Set(kills) == Set(last.kills.map { "terrarium_worker_kills_total{reason=\"\($0)\"} 1" }))
        }
    }

    // MARK: A broker that is gone

    enum Moment: CaseIterable {
        case idle
        /// A task runs that lets nothing stop it.
        case running
        /// A worker has sent its last frame, which the broker has not read.
        case afterTheLastFrame
        /// Clients send task after task: workers are at every point between fork and end.
        case busy
    }

    /// A daemon whose worker program is a file of its own, so that its processes can be told from all others.
    private struct Service {
        let programs: ProgramCopies
        let daemon: Daemon
        var worker: String { "\(self.programs.folder.path)/terrarium-worker" }

        /// In a `cage` there are no namespaces, as in some containers: no process namespace ends the workers with its
        /// first process, only the parent-death signal does.
        init(inCage: Bool) async throws {
            self.programs = try ProgramCopies()
            var folder = self.programs.folder.path
            if inCage {
                folder += "/cage"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                // A process whose root is not that of its mount namespace may make no user namespace (clone(2)).
                let script = """
                    #!/bin/sh
                    PATH=/usr/sbin:/usr/bin:/sbin:/bin
                    exec unshare --mount sh -c 'mount --rbind / /mnt && exec chroot /mnt setpriv \\
                        --bounding-set=-sys_admin --inh-caps=-sys_admin "$@"' sh \(self.programs.folder.path)/terrarium "$@"

                    """
                try Programs.script(script, to: "\(folder)/terrarium")
            }
            self.daemon = try await Daemon.start(
                [
                    "TERRARIUM_STDLIB_ALLOW": "*", "TERRARIUM_WARM_WORKERS": "3", "TERRARIUM_MAX_CONCURRENCY": "4",
                    "TERRARIUM_TASK_TIMEOUT": "600",
                ],
                programs: folder
            )
        }

        /// Starts a task that prints the number of its process once, and returns when it has, with that number outside.
        func start(_ code: String) throws -> (stream: EventStream, worker: pid_t) {
            let connection = try self.daemon.connect()
            try connection.send(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: Daemon.body(code)
            )
            let stream = EventStream(connection)
            _ = try stream.next()
            let printed = try stream.next()["text"] as? String ?? ""
            let number = Int32(printed.dropLast())
            let worker = try ProcessTree.running(self.worker).first { pid in
                ProcessTree.innerNumber(of: pid) == number
            }
            return (stream, try #require(worker, "printed \(printed)"))
        }
    }

    private static let deaf = """
        import os, signal, threading
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        def spin():
            while True:
                try:
                    while True: pass
                except BaseException: pass
        threading.Thread(target=spin).start()
        print(os.getpid())
        spin()
        """

    private static let waiting = """
        import os, signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        print(os.getpid())
        signal.sigwait({signal.SIGUSR2})
        return [{'n': 1}]
        """

    @Test(arguments: Moment.allCases, getuid() == 0 ? [false, true] : [false])
    func noWorkerOutlivesABrokerThatIsKilled(moment: Moment, inCage: Bool) async throws {
        let service = try await Service(inCage: inCage)
        let daemon = service.daemon
        try await offloaded {
            try daemon.connect().waitForWarmWorkers(3)
            // The control: the search finds the fork server and the warm workers.
            #expect(try ProcessTree.running(service.worker).count >= 4)
            switch moment {
            case .idle:
                daemon.signal(SIGKILL)
            case .running:
                let (stream, _) = try service.start(Self.deaf)
                daemon.signal(SIGKILL)
                #expect(throws: (any Error).self) { try stream.next() }
            case .afterTheLastFrame:
                let (stream, worker) = try self.lastFrame(of: service)
                daemon.signal(SIGKILL)
                #expect(ProcessTree.allEnd([worker]))
                #expect(throws: (any Error).self) { try stream.next() }
            case .busy:
                try self.killWhileBusy(daemon)
            }
            let survivors = try ProcessTree.survivors(running: service.worker)
            #expect(survivors.isEmpty)
            for pid in survivors { kill(pid, SIGKILL) }
        }
        #expect(try await daemon.waitForExit() == 128 + SIGKILL)
    }

    /// The control of the test above: the same broker, stopped and let go on, has the answer and ends the worker.
    @Test func aBrokerThatReadsTheLastFrameLatePassesItOn() async throws {
        let service = try await Service(inCage: false)
        try await offloaded {
            let (stream, worker) = try self.lastFrame(of: service)
            service.daemon.signal(SIGCONT)
            let result = try stream.next()
            #expect(result["outcome"] as? String == "succeeded", "\(result)")
            #expect((result["usage"] as? [String: Any])?["cpu_ms"] as? Double ?? 0 > 0, "\(result)")
            #expect(ProcessTree.allEnd([worker]))
        }
        let metrics = try await service.daemon.request("GET", "/metrics").text
        #expect(metrics.contains("\nterrarium_worker_kills_total{reason=\"signal\"} 0\n"), "\(metrics)")
        #expect(metrics.contains("\nterrarium_tasks_total{outcome=\"succeeded\"} 1\n"), "\(metrics)")
    }

    /// Has a worker send its last frame to a broker that is stopped, and returns when it waits for its end.
    private func lastFrame(of service: Service) throws -> (EventStream, pid_t) {
        let (stream, worker) = try service.start(Self.waiting)
        try service.daemon.suspend()
        kill(worker, SIGUSR2)
        #expect(ProcessTree.waits(worker, for: 3), "the worker waits for its end")
        return (stream, worker)
    }

    private func killWhileBusy(_ daemon: Daemon) throws {
        let group = DispatchGroup()
        let answers = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            DispatchQueue.global().async(group: group) {
                guard let connection = try? daemon.connect() else { return }
                while (try? connection.send("POST", "/v1/run", body: Daemon.body("return []"))) != nil,
                    (try? connection.receive())?.outcome == "succeeded"
                {
                    answers.signal()
                }
            }
        }
        for _ in 0..<50 where answers.wait(timeout: .now() + 300) != .success {
            Issue.record("tasks were not answered: \(daemon.log)")
        }
        daemon.signal(SIGKILL)
        group.wait()
    }
}

extension UnixHTTPConnection {
    /// Asks for the metrics until so many workers wait for a task and no other is on its way.
    fileprivate func waitForWarmWorkers(_ count: Int) throws {
        let deadline = ContinuousClock.now + .seconds(600)
        var page = ""
        while .now < deadline {
            try self.send("GET", "/metrics")
            page = try self.receive().text
            if page.contains("\nterrarium_workers{state=\"warm\"} \(count)\n"),
                page.contains("\nterrarium_workers{state=\"starting\"} 0\n")
            {
                return
            }
            usleep(5000)
        }
        throw Failure(description: "there were never \(count) warm workers: \(page)")
    }
}
