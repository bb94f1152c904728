import Linux
import Testing

@Suite struct CurrentProcessTests {
    /// The slice of the calling thread in nanoseconds; nil where the kernel does not tell, or has none to set.
    private static func timeSlice() throws -> String? {
        let text = try FileSystem.readText("/proc/thread-self/sched")
        return text.split(separator: "\n").first { $0.hasPrefix("se.slice ") }?
            .split(separator: " ").last.map(String.init)
    }

    private static let isKnown = (try? Self.timeSlice()) != nil

    @Test(.enabled(if: Self.isKnown, "this kernel has no time slices to set, or does not show them"))
    func aThreadsTimeSliceIsWhatItWasSetTo() async {
        // A process of its own: a thread of the test runner's would keep the slice.
        await #expect(processExitsWith: .success) {
            #expect(try Self.timeSlice() != "10000000")
            try CurrentProcess.setTimeSlice(.milliseconds(10))
            #expect(try Self.timeSlice() == "10000000")
        }
    }
}
