import Testing

@testable import Sandbox

/// What `terrarium doctor` stands on.
@Suite struct DoctorTests {
    @Test(.enabled(if: ProbeRun.isRoot, "only for root is there much that succeeds unconfined"))
    func probesSucceedWithoutASandbox() throws {
        let verdicts = ProbeRun.byName(try ProbeRun.run("examine", []))
        #expect(verdicts.count == ContainmentProbe.all.count)
        // The control: a probe that is always held would prove nothing.
        let held = verdicts.filter { $0.value.hasPrefix("true") }.map(\.key)
        #expect(held.isEmpty, "\(held) are held without a sandbox")
    }

    @Test func everyProbeIsHeldInAWorker() throws {
        let (verdicts, _, errors) = try ProbeRun.inside(["doctor=1"], ProbeTargets())
        #expect(errors.isEmpty)
        for probe in ContainmentProbe.all {
            let verdict = try #require(verdicts[probe.name], "\(probe.name) has no verdict")
            #expect(verdict.hasPrefix("true "), "\(probe.name): \(verdict)")
        }
        #expect(verdicts["connect_network"] == "true refused by seccomp: socket(AF_INET)")
    }

    @Test func everyProbeNamesLayersThatThereAre() {
        for probe in ContainmentProbe.all {
            #expect(!probe.layers.isEmpty)
            #expect(probe.layers.allSatisfy { LayerName.required.contains($0) })
        }
    }

    @Test func theSurveySaysWhatToDoAboutWhatIsMissing() {
        let offers = KernelSurvey.offers()
        #expect(
            Set(offers.map(\.layer)).isSuperset(of: ["identity", "user_namespace", "landlock", "seccomp", "cgroup"])
        )
        for offer in offers where !offer.isOffered { #expect(offer.remedy != nil, "\(offer)") }
    }

    @Test func aGroupOfTheUnifiedHierarchyIsFound() throws {
        let mounts = """
            tmpfs /sys/fs/cgroup tmpfs rw 0 0
            cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
            cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
            """
        let membership = "4:memory:/elsewhere\n0::/system.slice/terrarium.service\n"
        let group = try #require(
            Cgroup.find(membership: membership, mounts: mounts) { path in
                path == "/sys/fs/cgroup/unified/system.slice/terrarium.service" ? "memory pids\n" : nil
            }
        )
        #expect(group.path == "/sys/fs/cgroup/unified/system.slice/terrarium.service")
        #expect(group.controllers == ["memory", "pids"])
        #expect(Cgroup.find(membership: "4:memory:/x\n", mounts: mounts) { _ in "" } == nil)
        #expect(Cgroup.find(membership: membership, mounts: "") { _ in "" } == nil)
    }
}
