import Linux

/// What a worker's confinement costs. `sandbox-probe`, which is built beside this program, confines workers without Python and
/// measures them.
enum ConfinementBenchmarks {
    static func run() throws -> [Figure] {
        var program = CommandLine.arguments[0]
        if case .link(let target) = FileSystem.kind(of: "/proc/self/exe") { program = target }
        let folder = program.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        let lines = try self.answers(of: folder + "/sandbox-probe", ["drive", "time=200"])
        // "time steps 0.000123 seconds of processor time, …", and the lives of processes with and without the steps.
        func seconds(_ subject: String) throws -> Double {
            guard let line = lines.first(where: { $0.hasPrefix("time \(subject) ") }),
                let value = Double(line.split(separator: " ")[2])
            else { throw BenchmarkFailure(reason: "sandbox-probe measured no '\(subject)': \(lines)") }
            return value
        }
        let (steps, bare, confined) = (try seconds("steps"), try seconds("bare"), try seconds("confined"))
        return [
            Figure(name: "sandbox: confine a worker", value: steps * 1_000_000, unit: "µs", budget: 300),
            Figure(name: "sandbox: life of a confined process against a bare one", value: confined / bare, unit: "x"),
        ]
    }

    private static func answers(of program: String, _ arguments: [String]) throws -> [String] {
        let pair = try SocketPair.stream()
        let process = try ProcessSpawner.spawn(
            executable: program,
            arguments: ["sandbox-probe"] + arguments,
            environment: ["SWIFT_BACKTRACE=enable=no"],
            descriptors: [pair.theirs.rawValue]
        )
        let ours = self.keepOurs(pair)
        var output: [UInt8] = []
        while let some = try DescriptorIO.readSome(maximum: 1 << 16, from: ours.rawValue) { output += some }
        _ = try process.descriptor.wait()
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func keepOurs(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.ours }
}
