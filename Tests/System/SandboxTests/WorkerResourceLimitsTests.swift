import Glibc
import Linux
import Tasks
import Testing

@testable import Sandbox

@Suite struct WorkerResourceLimitsTests {
    @Test func memoryCountsAboveTheWarmBaseline() throws {
        let limits = TaskLimits(memory: 64 << 20, cpu: .milliseconds(1500), output: 1, log: 1)
        let rows = WorkerResourceLimits.own(
            Self.profile(limits),
            limits,
            MemoryBaseline(dataBytes: 10 << 20, addressSpaceBytes: 100 << 20)
        )
        func soft(_ limit: ResourceLimit) -> UInt64? { rows.first { $0.resource == limit }?.soft }
        #expect(soft(.data) == UInt64(10 << 20 + 64 << 20 + WorkerResourceLimits.reserve))
        #expect(try #require(soft(.addressSpace)) > UInt64(164 << 20))
        // Whole seconds, rounded up; the hard limit is behind the soft one.
        #expect(soft(.cpuSeconds) == 2)
        #expect(rows.first { $0.resource == .cpuSeconds }?.hard == 4)
    }

    @Test func aWorkerStartsAtTheCeilingAndLowersItsLimitsToThoseOfItsTask() async throws {
        let limits = TaskLimits(memory: 64 << 20, memoryCeiling: 256 << 20, cpu: .seconds(1), output: 1, log: 1)
        let rows = WorkerResourceLimits.own(
            Self.profile(limits),
            limits,
            MemoryBaseline(dataBytes: 0, addressSpaceBytes: 0)
        )
        let data = try #require(rows.first { $0.resource == .data })
        #expect(data.soft == UInt64(256 << 20 + WorkerResourceLimits.reserve))
        await #expect(processExitsWith: .success) {
            let (data, space) = (UInt64(1) << 40, UInt64(1) << 41)
            try ResourceLimit.data.set(data)
            try ResourceLimit.addressSpace.set(space)
            try WorkerResourceLimits.lowerMemory(by: 0)
            #expect(try ResourceLimit.data.hardLimit() == data)
            try WorkerResourceLimits.lowerMemory(by: 4096)
            for (limit, before) in [(ResourceLimit.data, data), (.addressSpace, space)] {
                #expect(try limit.hardLimit() == before - 4096)
                #expect(try limit.current() == before - 4096)
            }
        }
    }

    @Test func noLimitIsZeroSecondsAndNegativeMemoryIsNone() {
        let limits = TaskLimits(memory: -5, cpu: .zero, output: 1, log: 1)
        let rows = WorkerResourceLimits.own(
            Self.profile(limits),
            limits,
            MemoryBaseline(dataBytes: 0, addressSpaceBytes: 0)
        )
        #expect(rows.first { $0.resource == .cpuSeconds }?.soft == 1)
        #expect(rows.first { $0.resource == .data }?.soft == UInt64(WorkerResourceLimits.reserve))
    }

    @Test func theStatusOfAProcessIsRead() throws {
        let text = "Name:\tx\nVmSize:\t    1000 kB\nVmData:\t      20 kB\nThreads:\t3\n"
        let status = try #require(ProcessStatus(text))
        #expect(status.threads == 3)
        #expect(status.dataBytes == 20 << 10)
        #expect(status.addressSpaceBytes == 1000 << 10)
        #expect(ProcessStatus("Name:\tx\n") == nil)
    }

    @Test func anIdentityMapKeepsEveryIdentityOfItsOwnNamespace() {
        let own = "         0     100000      65536\n     70000     300000         10\n"
        #expect(ForkServerProcess.identityMap(from: own) == "0 0 65536\n70000 70000 10")
        #expect(ForkServerProcess.identityMap(from: nil) == "0 0 4294967295")
    }

    @Test(arguments: [(EPERM, true), (ENOSYS, true), (ENOSPC, true), (EAGAIN, false), (ENOMEM, false), (EMFILE, false)])
    func onlyARefusalIsAReasonToStartWithFewerNamespaces(code: Int32, isRefusal: Bool) {
        #expect(ForkServerProcess.isRefusal(SystemError("clone3", code)) == isRefusal)
    }

    @Test func theNamespacesOfTheStartAreReadFromTheArguments() {
        #expect(ForkServerProcess.startedIn(["worker", "--namespaces=user,pid"]) == [.user, .pid])
        #expect(ForkServerProcess.startedIn(["worker", "--namespaces="]) == [])
        #expect(ForkServerProcess.startedIn(["worker"]) == [])
    }

    private static func profile(_ limits: TaskLimits) -> SandboxProfile {
        SandboxProfile(
            configuration: WorkerConfiguration(
                policy: TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: []),
                limits: limits
            ),
            pythonPaths: []
        )
    }
}
