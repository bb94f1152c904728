import Foundation
import TestSupport
import Testing

/// n8n's real launcher with Terrarium as its Python runner. `TERRARIUM_TEST_LAUNCHER` names its program, which is built from
/// the public source of n8n-io/task-runner-launcher; nothing is fetched.
@Suite struct RealLauncherTests {
    private static let launcher = ProcessInfo.processInfo.environment["TERRARIUM_TEST_LAUNCHER"]

    @Test(.enabled(if: launcher != nil, "TERRARIUM_TEST_LAUNCHER is not set"))
    func theLauncherStartsUsWithEverySpellingOfStockAndItsTerminationReachesUs() async throws {
        let checks = "\(Programs.package)/Tests/EndToEnd/DocumentChecks/check_launcher.py"
        let entry = "\(Programs.package)/packaging/n8n/python-runner.json"
        func check(_ terrarium: String) async throws -> Programs.Finished {
            try await Programs.run("/usr/bin/python3", [checks, Self.launcher ?? "", terrarium, entry])
        }
        let checked = try await check(Programs.terrarium)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        // The control: a runner that ends at once is a mistake.
        #expect(try await check("/bin/false").status == 1)
    }
}
