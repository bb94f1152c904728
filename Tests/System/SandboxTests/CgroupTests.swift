import Foundation
import Glibc
import Linux
import TestSupport
import Testing

@testable import Sandbox

/// Control groups of fork servers: the decisions on plain folders, the mechanism on the kernel's own.
@Suite struct CgroupTests {
    @Test func whatKeepsAGroupFromBeingDividedIsNamed() throws {
        let folder = try ScratchFolder(mode: 0o700)
        let group = Cgroup(path: folder.path, controllers: ["cpu", "memory", "pids"])
        let other = Cgroup(path: folder.path, controllers: ["cpu"])
        #expect(other.obstacle() == .controllers(other))
        #expect(group.obstacle() == .notDelegated(group))
        try self.write("", to: folder.path + "/cgroup.subtree_control")
        try self.write("1\n\(getpid())\n", to: folder.path + "/cgroup.procs")
        #expect(group.obstacle() == .shared(group))
        try self.write("\(getpid())\n", to: folder.path + "/cgroup.procs")
        #expect(group.obstacle() == nil)
    }

    @Test func limitsAreWrittenForWhatCanBeLimited() throws {
        let folder = try ScratchFolder(mode: 0o700)
        for group in ["", "/service", "/fs1"] {
            try FileSystem.makeFolder(folder.path + group)
            for file in ["cgroup.procs", "cgroup.subtree_control", "memory.max", "memory.swap.max", "pids.max"] {
                try self.write("", to: folder.path + group + "/" + file)
            }
        }
        let division = try CgroupDivision(dividing: Cgroup(path: folder.path, controllers: ["cpu", "memory", "pids"]))
        #expect(try FileSystem.readText(folder.path + "/service/cgroup.procs") == "0")
        #expect(try FileSystem.readText(folder.path + "/cgroup.subtree_control") == "+memory +pids")
        let limits = CgroupLimits(workers: 10, memory: 256 << 20)
        #expect(limits.memory == 1 << 30 + 10 * 320 << 20)
        let group = try division.makeGroup("fs1", limits)
        #expect(group.path == folder.path + "/fs1")
        #expect(try FileSystem.readText(folder.path + "/fs1/memory.max") == "\(limits.memory)")
        #expect(try FileSystem.readText(folder.path + "/fs1/memory.swap.max") == "0")
        #expect(try FileSystem.readText(folder.path + "/fs1/pids.max") == "\(256 + 20 + 16)")
    }

    @Test func aGroupWhoseLimitsCannotBeSetIsNotLeftBehind() throws {
        let folder = try ScratchFolder(mode: 0o700)
        try FileSystem.makeFolder(folder.path + "/service")
        try self.write("", to: folder.path + "/service/cgroup.procs")
        try self.write("", to: folder.path + "/cgroup.subtree_control")
        let division = try CgroupDivision(dividing: Cgroup(path: folder.path, controllers: ["pids"]))
        // In a plain folder no file appears by itself.
        #expect(throws: SystemError("open", ENOENT)) {
            _ = try division.makeGroup("fs1", CgroupLimits(workers: 1, memory: 1))
        }
        #expect(FileSystem.kind(of: folder.path + "/fs1") == .missing)
    }

    /// Whether groups can be made here, with or without controllers.
    private static let canMakeGroups = Cgroup.own().map { FileSystem.isWritable($0.path + "/cgroup.procs") } ?? false

    /// In a process of its own, which divides a group made for it.
    @Test(.enabled(if: canMakeGroups, "no group of a unified hierarchy is ours to write to"))
    func aProgramStartsInItsGroupAndEndsWithIt() async {
        await #expect(processExitsWith: .success) {
            guard let own = Cgroup.own() else { exit(2) }
            let path = own.path + "/terrarium-test-\(getpid())"
            try FileSystem.makeFolder(path)
            let division = try CgroupDivision(dividing: Cgroup(path: path, controllers: []))
            var survivors = 0
            do {
                let group = try division.makeGroup("fs1", CgroupLimits(workers: 1, memory: 1 << 20))
                let inside = try sleeper(in: group.membersDescriptor)
                // The control: without the group it stays where this process is, and lives on.
                let outside = try sleeper(in: nil)
                let groups = try [inside.pid, outside.pid].map { try FileSystem.readText("/proc/\($0)/cgroup") }
                if !groups[0].contains("/fs1\n") { exit(3) }
                if !groups[1].contains("terrarium-test-\(getpid())/service\n") { exit(4) }
                try group.end()
                if try inside.descriptor.wait() != .signaled(SIGKILL) { exit(5) }
                survivors = kill(outside.pid, 0) == 0 ? 1 : 0
                try outside.descriptor.signal(SIGKILL)
                _ = try outside.descriptor.wait()
            }
            if survivors != 1 { exit(6) }
            if FileSystem.kind(of: path + "/fs1") != .missing { exit(7) }
            try FileSystem.writeText("0", to: own.path + "/cgroup.procs")
            try FileSystem.removeFolder(path + "/service")
            try FileSystem.removeFolder(path)
        }
    }

    /// Root may divide any group that has the controllers, if it is a fresh one.
    private static let canLimit =
        getuid() == 0 && canMakeGroups && Cgroup.own()?.usableControllers == ["memory", "pids"]

    @Test(.enabled(if: canLimit, "memory and pids are no controllers of a unified hierarchy here"))
    func aServiceWithAGroupOfItsOwnLimitsEachForkServer() async throws {
        let own = try #require(Cgroup.own())
        try? FileSystem.writeText("+memory +pids", to: own.path + "/cgroup.subtree_control")
        let path = own.path + "/terrarium-test-\(getpid())"
        try FileSystem.makeFolder(path)
        let folder = try ScratchFolder(mode: 0o755)
        let script = "#!/bin/sh\necho 0 >\(path)/cgroup.procs\nexec \(Programs.folder)/terrarium \"$@\"\n"
        try Programs.script(script, to: folder.path + "/terrarium")
        let daemon = try await Daemon.start(["TERRARIUM_MEMORY_LIMIT": "64M"], programs: folder.path)
        let info = try await daemon.request("GET", "/v1/info").text
        #expect(info.contains(#""name":"cgroup","active":true,"detail":"memory.max "#), "\(info)")
        // What no limit of a process counts is bounded by the group: here, by one that is far too small.
        try FileSystem.writeText("\(48 << 20)", to: path + "/fs1/memory.max")
        let bomb = try await daemon.run("x = []\nwhile True: x.append(b'y' * 1_000_000 + str(len(x)).encode())")
        #expect(bomb.json["outcome"] as? String == "memory_exceeded", "\(bomb.text)")
        #expect(try FileSystem.readText(path + "/fs1/memory.events").contains("oom_kill 1"))
        #expect(try await daemon.run("return {'fine': 1}").json["outcome"] as? String == "succeeded")
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        #expect(FileSystem.kind(of: path + "/fs1") == .missing)
        try FileSystem.removeFolder(path + "/service")
        try FileSystem.removeFolder(path)
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
}

private func sleeper(in group: CInt?) throws -> SpawnedProcess {
    var options = SpawnOptions()
    options.cgroupMembers = group
    return try ProcessSpawner.spawn(
        executable: "/bin/sleep",
        arguments: ["sleep", "1000"],
        environment: [],
        descriptors: [],
        options: options
    )
}
