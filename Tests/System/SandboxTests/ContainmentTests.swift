import Glibc
import Sandbox
import Testing

/// Everything the probe attempts in machine code, outside and inside. No Python, no policy: the kernel alone.
@Suite(.serialized) struct ContainmentTests {
    let targets: ProbeTargets

    init() throws {
        self.targets = try ProbeTargets()
    }

    @Test func everyAttemptOfTheProbeIsExpectedSomehow() throws {
        #expect(try ProbeRun.attempts().sorted() == expectedContainment.map(\.attempt).sorted())
        #expect(expectedContainment.count >= 60)
    }

    @Test(.enabled(if: ProbeRun.isRoot, "only root can show that the attempts work without a sandbox"))
    func everyAttemptWorksOutsideOrIsSkippedByName() throws {
        let ended = try ProbeRun.outside(expectedContainment.map(\.attempt), self.targets)
        for (attempt, _) in expectedContainment {
            switch ended[attempt] {
            case "0 exited 0": continue
            case "1000 exited 0": print("skipped: this kernel lacks what \(attempt) needs")
            case let other: Issue.record("\(attempt) does not work outside: \(other ?? "no answer")")
            }
        }
        // A machine that lacks a fifth of it all would prove too little.
        let working = ended.values.count { $0 == "0 exited 0" }
        #expect(working >= expectedContainment.count * 4 / 5)
    }

    @Test(.enabled(if: ProbeRun.isRoot, "starts as root"))
    func aWorkerOfAServiceOfRootsReachesNothing() throws {
        try self.expectContainment([])
    }

    @Test func aWorkerOfAnOrdinaryUsersServiceReachesNothing() throws {
        try self.expectContainment(ProbeRun.isRoot ? ["user=54321"] : [])
    }

    @Test(.enabled(if: ProbeRun.isRoot, "starts as root"))
    func aWorkerWithAFolderOfAServiceOfRootsReachesNothingElse() throws {
        try self.expectContainment(Self.folder, expectedWithFolder)
    }

    @Test func aWorkerWithAFolderOfAnOrdinaryUsersServiceReachesNothingElse() throws {
        try self.expectContainment(Self.folder + (ProbeRun.isRoot ? ["user=54321"] : []), expectedWithFolder)
    }

    @Test(.enabled(if: ProbeRun.isRoot, "builds a cage, which takes root"))
    func whereAFolderCannotBeHadItIsReportedAndNothingIsWritable() throws {
        let names = ["create_in_temporary_folder", "open_library_for_writing"]
        let (ended, layers, errors) = try ProbeRun.inside(names, self.targets, Self.folder + ["cage=1"])
        #expect(errors.isEmpty)
        #expect(layers["temporary_folder"] == false)
        for name in names { #expect(ended[name] == "exited 0 -1 refused: openat (for writing)") }
    }

    @Test(.enabled(if: ProbeRun.isRoot, "builds a cage, which takes root"), arguments: [[], ["user=54321"]])
    func aWorkerInAContainerWithoutNamespacesReachesNothing(_ user: [String]) throws {
        let names = expectedContainment.map(\.attempt)
        let (ended, layers, errors) = try ProbeRun.inside(names, self.targets, user + ["cage=1"])
        #expect(errors.isEmpty)
        #expect(layers["mount_namespace"] == false)
        #expect(layers["user_namespace"] == false)
        #expect(layers["landlock"] == true)
        for name in names {
            let end = try #require(ended[name], "\(name) has no answer")
            #expect(!end.hasPrefix("exited 0 0"), "\(name) got through: \(end)")
            #expect(!end.hasPrefix("exited 0 error") && !end.hasPrefix("unknown"), "\(name): \(end)")
        }
    }

    @Test(.enabled(if: ProbeRun.isRoot, "builds a cage, which takes root"))
    func strictRefusesToStartWhereALayerIsMissing() throws {
        let here = try ProbeRun.inside(["connect_tcp"], self.targets, ["mode=strict"])
        #expect(here.errors.isEmpty)
        #expect(here.layers.allSatisfy { $0.value || $0.key == Cgroup.layerName })
        let caged = try ProbeRun.inside(["connect_tcp"], self.targets, ["mode=strict", "cage=1"])
        #expect(caged.ended["connect_tcp"] == nil)
        #expect(caged.ended["server"] == "exited 77")
        #expect(caged.errors.first?.contains("mount namespace") == true)
    }

    @Test func aWorkerThatIsEndedForACallNamesItLast() throws {
        let (ended, _, errors) = try ProbeRun.inside(
            ["trace_other", "load_bpf", "connect_tcp"],
            self.targets,
            ["words=1"]
        )
        #expect(errors.isEmpty)
        #expect(ended["trace_other"] == "signaled \(SIGSYS) stopped blocked: ptrace")
        #expect(ended["load_bpf"] == "signaled \(SIGSYS) stopped blocked: bpf")
        // The control: a refusal that is no end has no last words.
        #expect(ended["connect_tcp"] == "exited 0 -1 refused: socket(AF_INET)")
    }

    /// The options for workers with a temporary folder, at which the attempts then aim.
    private static let folder = ["temp=8", "folder=/private/tmp"]

    /// Every attempt ends as expected in a worker with all layers, and its sibling lives on.
    private func expectContainment(_ options: [String], _ other: [String: Containment] = [:]) throws {
        let names = expectedContainment.map(\.attempt)
        let (ended, layers, errors) = try ProbeRun.inside(names, self.targets, options)
        #expect(errors.isEmpty)
        guard layers["user_namespace"] == true, layers["mount_namespace"] == true else {
            print("skipped: this kernel or container forbids user namespaces")
            return
        }
        // The group is the service manager's to give.
        #expect(layers.allSatisfy { $0.value || $0.key == Cgroup.layerName })
        for (attempt, expected) in expectedContainment {
            let end = try #require(ended[attempt], "\(attempt) has no answer")
            #expect(Self.containment(end) == other[attempt] ?? expected, "\(attempt): \(end)")
        }
        // The server reports siblings that ended: none was harmed.
        #expect(ended["sibling"] == nil)
        #expect(ended["server"] == "exited 0")
    }

    private static func containment(_ end: String) -> Containment? {
        if end == "signaled \(SIGSYS) none" { return .killed }
        if end == "signaled \(SIGXCPU) none" { return .outOfProcessorTime }
        if end == "exited 0 0" { return .permitted }
        guard end.hasPrefix("exited 0 -") else { return nil }
        if let refused = end.firstRange(of: " refused: ") { return .refused(String(end[refused.upperBound...])) }
        return Int32(end.dropFirst("exited 0 -".count)).map { .failed($0) }
    }
}
