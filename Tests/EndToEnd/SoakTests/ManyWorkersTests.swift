import Foundation
import TestSupport
import Testing

/// More workers at once than anybody needs; nothing runs beside them.
@Suite struct ManyWorkersTests {
    /// A request and its answer for each of them fill the control socket in both directions.
    @Test func moreWarmWorkersThanMessagesFitIntoTheControlSocketAllGetReady() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_WARM_WORKERS": "600"])
        let sample = "\nterrarium_workers{state=\"warm\"} 600\n"
        let deadline = Date().addingTimeInterval(600)
        var page = ""
        while !page.contains(sample), Date() < deadline {
            page = try await daemon.request("GET", "/metrics").text
            // Who asks without a pause keeps the workers from starting.
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(page.contains(sample), "\(page)\n\(daemon.log)")
        #expect(try await daemon.run("return []").json["outcome"] as? String == "succeeded")
    }
}
