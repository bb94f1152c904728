import Foundation
import Glibc

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

    /// Waits for the end of all of `pids`.
    public static func allEnd(_ pids: [Int32], within seconds: Double) -> Bool {
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

    /// Waits until a process has as many descendants and descriptors as a moment before, twice in a row.
    public static func settle(_ pid: Int32) throws {
        var last = (-1, -1)
        var equal = 0
        for _ in 0..<200 {
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

    public init() throws {
        self.folder = try ScratchFolder(mode: 0o755)
        for program in [Programs.terrarium, Programs.worker] {
            let name = (program as NSString).lastPathComponent
            try Programs.copy(program, to: "\(self.folder.path)/\(name)")
        }
    }
}
