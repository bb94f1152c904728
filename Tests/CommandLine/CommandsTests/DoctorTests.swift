import Foundation
import TestSupport
import Testing

/// `terrarium doctor` on this machine.
@Suite struct DoctorTests {
    @Test func everyAttemptIsMadeInsideAWorkerAndStopped() async throws {
        let finished = try await Shell.run("terrarium doctor")
        #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
        #expect(finished.output.contains("open /etc/passwd"))
        #expect(!finished.output.contains("NOT STOPPED"))
        let last = finished.output.split(separator: "\n").last ?? ""
        let numbers = last.split(separator: " ").compactMap { Int($0) }
        #expect(numbers.count == 2 && numbers[0] == numbers[1] && numbers[0] >= 10, "\(last)")
    }

    @Test func theReportIsOneJSONDocument() async throws {
        let finished = try await Shell.run("terrarium doctor --json")
        #expect(finished.status == 0, "\(finished.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
        #expect(report?["all_stopped"] as? Bool == true)
        let attempts = try #require(report?["attempts"] as? [[String: Any]])
        #expect(attempts.count >= 10 && attempts.allSatisfy { $0["stopped"] as? Bool == true })
        #expect(!(report?["machine"] as? [Any] ?? []).isEmpty && !(report?["layers"] as? [Any] ?? []).isEmpty)
        // The control: settings that cannot be are in the document as well.
        let bad = try await Shell.run("terrarium doctor --json", environment: ["TERRARIUM_SANDBOX": "none"])
        #expect(bad.status == 2)
        #expect(bad.output.hasPrefix("{\"all_stopped\":false,\"error\":"), "\(bad.output)")
    }

    @Test func packagesOfAnotherPythonAreNamed() async throws {
        let site = try ScratchFolder(mode: 0o755)
        let module = try site.file("fast.cpython-39-x86_64-linux-gnu.so", "")
        let settings = ["TERRARIUM_SITE_PACKAGES": site.path, "TERRARIUM_EXTERNAL_ALLOW": "fast"]
        let text = try await Shell.run("terrarium doctor", environment: settings)
        #expect(text.status == 0, "\(text.output)\(text.errors)")
        #expect(text.output.contains("warning: the package fast in \(site.path) is for Python 3.9"), "\(text.output)")
        let json = try await Shell.run("terrarium doctor --json", environment: settings)
        let report = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        let warnings = try #require(report?["warnings"] as? [String])
        #expect(warnings.count == 1 && warnings[0].contains(module), "\(warnings)")
        // The control: without the package there is no warning.
        #expect(!(try await Shell.run("terrarium doctor").output.contains("warning:")))
    }

    @Test func settingsThatCannotBeAreABadUsage() async throws {
        let finished = try await Shell.run("terrarium doctor", environment: ["TERRARIUM_SANDBOX": "none"])
        #expect(finished.status == 2)
        #expect(finished.errors.contains("TERRARIUM_SANDBOX"))
    }

    @Test func noClientCanAskForAProbe() async throws {
        let daemon = try await Daemon.start()
        for body in [#"{"code": "return []", "purpose": "probe"}"#, #"{"code": "", "purpose": 2}"#] {
            let reply = try await daemon.request("POST", "/v1/run", body: .init(body.utf8))
            #expect(reply.status == 400)
        }
    }
}
