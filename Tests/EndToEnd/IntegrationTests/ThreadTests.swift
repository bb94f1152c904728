import Foundation
import TestSupport
import Testing

/// Threads of tasks: what the filter's rows for futexes and clocks must leave possible.
@Suite struct ThreadTests {
    private static let settings = ["TERRARIUM_STDLIB_ALLOW": "@safe,threading,concurrent,time,queue"]

    @Test func locksConditionsAndPoolsOfThreadsWork() async throws {
        let daemon = try await Daemon.start(Self.settings)
        let reply = try await daemon.run(
            """
            import threading, queue, time
            from concurrent.futures import ThreadPoolExecutor
            total = 0
            lock = threading.Lock()
            def add(n):
                global total
                for _ in range(1000):
                    with lock:
                        total += n
                return n
            with ThreadPoolExecutor(4) as pool:
                returned = sum(pool.map(add, range(8)))
            condition = threading.Condition()
            with condition:
                woken = condition.wait(timeout=0.01)
            items = queue.Queue()
            thread = threading.Thread(target=lambda: items.put(7))
            thread.start()
            got = items.get(timeout=5)
            thread.join()
            clocks = [time.clock_gettime(c) >= 0 for c in (0, 1, 2, 3, 4, 7)]
            time.sleep(0.001)
            return {'total': total, 'returned': returned, 'woken': woken, 'got': got, 'clocks': all(clocks)}
            """
        )
        #expect(reply.json["outcome"] as? String == "succeeded", "\(reply.json)")
        let items = try #require(reply.json["items"] as? [[String: Any]])
        let json = try #require(items.first?["json"] as? [String: Any])
        #expect(json["total"] as? Int == 28000)
        #expect(json["returned"] as? Int == 28)
        #expect(json["woken"] as? Bool == false)
        #expect(json["got"] as? Int == 7)
        #expect(json["clocks"] as? Bool == true)
    }

    @Test func aClockOfAnotherProcessIsRefusedByName() async throws {
        let daemon = try await Daemon.start(Self.settings)
        // clock_getcpuclockid(3) of process 1: ~1 << 3 | 2.
        let reply = try await daemon.run("import time\nreturn {'t': time.clock_gettime((~1 << 3) | 2)}")
        #expect(reply.json["outcome"] as? String == "python_error", "\(reply.json)")
        let error = try #require(reply.json["error"] as? [String: Any])
        #expect("\(error)".contains("clock_gettime (a clock of another process)"), "\(error)")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: Programs.package + "/.build/test-site-packages/numpy")))
    func numpyMultipliesMatrices() async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_SITE_PACKAGES": Programs.package + "/.build/test-site-packages",
            "TERRARIUM_EXTERNAL_ALLOW": "numpy",
        ])
        let reply = try await daemon.run(
            "import numpy as np\na = np.ones((300, 300))\nreturn {'v': float((a @ a).sum())}"
        )
        #expect(reply.json["outcome"] as? String == "succeeded", "\(reply.json)")
    }
}
