import Glibc
import Testing

@testable import Linux

@Suite struct ProcessUsageTests {
    @Test func theNameOfAProcessMayHaveBlanksAndParentheses() {
        let rest = "R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 100 4096 3 18446744073709551615 1"
        let usage = ProcessUsage(stat: "17 (a) b (c) \(rest)\n")
        #expect(usage?.cpu == .seconds(3))
        #expect(usage?.residentBytes == 3 * 4096)
        for text in ["", "17 (a)", "17 (a) R 1 2", "17 (a) \(rest.replacing("250", with: "-1"))"] {
            #expect(ProcessUsage(stat: text) == nil, "\(text)")
        }
    }

    @Test func thisProcessHasUsedSomething() throws {
        let own = try ProcessDescriptor.open(pid: CurrentProcess.pid)
        let usage = ProcessUsage(of: own)
        #expect((usage?.residentBytes ?? 0) > 1 << 20)
    }

    @Test func aProcessThatHasEndedHasNoUsage() throws {
        let process = try ProcessSpawner.spawn(
            executable: "/bin/sleep",
            arguments: ["sleep", "1000"],
            environment: [],
            descriptors: []
        )
        let before = ProcessUsage(of: process.descriptor)
        #expect(before != nil)
        try process.descriptor.signal(SIGKILL)
        _ = try process.descriptor.wait()
        let after = ProcessUsage(of: process.descriptor)
        #expect(after == nil)
    }
}
