import Tasks
import Wire

/// The frames between broker and worker.
enum WireBenchmarks {
    static func run() throws -> [Figure] {
        let usage = ReportedUsage(cpu: .milliseconds(1), peakResidentBytes: 10 << 20)
        let task = PythonTask(code: Array("return _items".utf8)[...])
        let small =
            WorkerFrame.started.encoded + WorkerFrame.log(.stdout, "a line of text\n").encoded
            + WorkerFrame.result(usage, Array(#"[{"json":{"n":1}}]"#.utf8)[...]).encoded
        let large = WorkerFrame.result(usage, JSONBenchmarks.items[...]).encoded
        let fast = try Stopwatch.medians([
            { _ = TaskFrame.head(for: task, items: task.items.bytes) },
            { try Self.read(small, pieces: small.count) },
        ])
        let slow = try Stopwatch.median(samples: 21) { try Self.read(large, pieces: 64 << 10) }
        return [
            Figure(name: "wire: write the head of a task", value: fast[0], unit: "ns"),
            Figure(name: "wire: read started, a print and a small result", value: fast[1], unit: "ns"),
            Figure(
                name: "wire: read a result of 100,000 items in pieces of 64 KB",
                value: Double(large.count) / slow * 1000,
                unit: "MB/s"
            ),
        ]
    }

    private static func read(_ stream: [UInt8], pieces: Int) throws {
        var decoder = WorkerFrameDecoder(outputLimit: 64 << 20)
        try stream.withUnsafeBytes { buffer in
            var position = 0
            while position < buffer.count {
                let end = min(position + pieces, buffer.count)
                var piece = buffer[position..<end]
                while try decoder.next(from: &piece) != nil {}
                position = end
            }
        }
    }
}
