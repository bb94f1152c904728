import Foundation
import Glibc
import Linux

/// What /proc says of other processes.
public enum ProcessTree {
    /// The direct children of a process, whichever of its threads made them.
    public static func children(of pid: Int32) -> [Int32] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.flatMap { thread in
            let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/children", encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { Int32($0) }
        }
    }

    public static func descendants(of pid: Int32) -> [Int32] {
        self.children(of: pid).flatMap { [$0] + self.descendants(of: $0) }
    }

    /// Waits for the end of all of `pids`, for two minutes unless told otherwise: how long it takes depends on the machine.
    public static func allEnd(_ pids: [Int32], within seconds: Double = 120) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while pids.contains(where: { self.isAlive($0) }) {
            guard Date() < deadline else { return false }
            usleep(5000)
        }
        return true
    }

    private static func isAlive(_ pid: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        // A zombie whose parent is dead waits for the reaper of this machine, and for nothing of ours.
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    /// The processes that execute a file, found by the file itself (proc_pid_exe(5)): a process namespace or a changed root
    /// hides none of them. Those of other users are seen by root only.
    public static func running(_ program: String) throws -> [Int32] {
        var file = stat()
        guard stat(program, &file) == 0 else {
            throw UnixHTTPConnection.Failure(description: "stat \(program): errno \(errno)")
        }
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { pid in
            var executed = stat()
            return stat("/proc/\(pid)/exe", &executed) == 0 && executed.st_dev == file.st_dev
                && executed.st_ino == file.st_ino
        }
    }

    /// Waits until no process executes a file: for the end of each that does (pidfd_open(2)), and then of those that it
    /// has started meanwhile.
    ///
    /// - Returns: The processes that execute it when the time is up.
    public static func survivors(running program: String, after limit: Duration = .seconds(120)) throws -> [Int32] {
        let deadline = ContinuousClock.now + limit
        while true {
            let pids = try self.running(program)
            guard !pids.isEmpty, .now < deadline else { return pids }
            for pid in pids {
                guard let process = try? ProcessDescriptor.open(pid: pid) else { continue }
                _ = try DescriptorIO.poll(readable: [process.rawValue], timeout: max(.zero, deadline - .now))
            }
        }
    }

    /// The number that a process has in the innermost of its namespaces, which is what it takes for its own (NSpid of
    /// proc_pid_status(5)).
    public static func innerNumber(of pid: Int32) -> Int32? {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let row = text.split(separator: "\n").first { $0.hasPrefix("NSpid:") }
        return row?.split(separator: "\t").last.flatMap { Int32($0) }
    }

    /// Waits until a process waits in a system call whose first argument is a descriptor (proc_pid_syscall(5)).
    public static func waits(_ pid: Int32, for descriptor: Int32, within limit: Duration = .seconds(120)) -> Bool {
        let deadline = ContinuousClock.now + limit
        while true {
            let text = (try? String(contentsOfFile: "/proc/\(pid)/syscall", encoding: .utf8)) ?? ""
            // The number of the call and its arguments; "running" while it is in none.
            if text.split(separator: " ").dropFirst().first == "0x\(String(descriptor, radix: 16))" { return true }
            guard .now < deadline, kill(pid, 0) == 0 else { return false }
            usleep(1000)
        }
    }

    public static func descriptors(of pid: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? -1
    }

    public static func residentKilobytes(of pid: Int32) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let row = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return row?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? -1
    }

    /// The processor time of a process so far, in clock ticks of 10 ms.
    public static func processorTicks(of pid: Int32) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        // utime and stime, the 14th and 15th field of proc_pid_stat(5); what is left here begins with the third.
        return fields.dropFirst(11).prefix(2).compactMap { Int($0) }.reduce(0, +)
    }

    public static func threads(of pid: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task"))?.count ?? -1
    }

    /// Waits until the spare threads of the Swift runtime have ended, each five seconds after its last work: until their number
    /// has been the same for longer than that.
    public static func waitForSpareThreadsToEnd(_ pid: Int32) async throws {
        var last = self.threads(of: pid)
        var since = ContinuousClock.now
        let deadline = since + .seconds(300)
        while since.duration(to: .now) < .seconds(6) {
            guard .now < deadline else {
                throw UnixHTTPConnection.Failure(description: "\(last) threads, and changing")
            }
            try await Task.sleep(for: .milliseconds(100))
            let now = self.threads(of: pid)
            if now != last { (last, since) = (now, .now) }
        }
    }

    /// Waits until a process has as many descendants and descriptors as a moment before, twice in a row.
    public static func settle(_ pid: Int32) throws {
        var last = (-1, -1)
        var equal = 0
        for _ in 0..<6000 {
            let now = (self.descendants(of: pid).count, self.descriptors(of: pid))
            equal = now == last ? equal + 1 : 0
            if equal == 3 { return }
            last = now
            usleep(20_000)
        }
        throw UnixHTTPConnection.Failure(description: "the process never came to rest: \(last)")
    }
}

/// Copies of the programs in a folder that every user can read.
public final class ProgramCopies: Sendable {
    public let folder: ScratchFolder

    /// - Parameter source: The folder that has the programs.
    /// - Throws: When one cannot be copied.
    public init(of source: String = Programs.folder) throws {
        self.folder = try ScratchFolder(mode: 0o755)
        for name in ["terrarium", "terrarium-worker"] {
            try Programs.copy("\(source)/\(name)", to: "\(self.folder.path)/\(name)")
        }
    }
}
