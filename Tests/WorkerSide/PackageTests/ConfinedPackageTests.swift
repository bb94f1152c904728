import Foundation
import TestSupport
import Testing

/// The uses of the small packages, and of those that write files, as tasks of a service: in workers with every layer of the
/// confinement. The other suites run them in the driver of the policy, without a sandbox.
@Suite(.serialized) struct ConfinedPackageTests {
    /// Packages that write in the temporary folder, where they are installed.
    private static let writers: Set<String> = ["matplotlib", "openpyxl", "scikit-learn"]
    private static let packages = PackageUnderTest.chosen.filter { $0.isSmall || Self.writers.contains($0.name) }

    private static func service(_ settings: [String: String]) async throws -> Daemon {
        let own = [
            "TERRARIUM_SITE_PACKAGES": PackageUnderTest.site,
            "TERRARIUM_EXTERNAL_ALLOW": Self.packages.map(\.list).joined(separator: ","),
            // A cold import of the largest packages takes seconds, and longer on a busy machine.
            "TERRARIUM_TASK_TIMEOUT": "300", "TERRARIUM_MEMORY_LIMIT": "1G",
        ]
        return try await Daemon.start(own.merging(settings) { $1 })
    }

    /// What a use printed, and the first line of what ended it, in the form of plain CPython's.
    private static func outcome(_ reply: UnixHTTPConnection.Reply) -> PackageOutcome {
        let logs = reply.json["logs"] as? [[String: Any]] ?? []
        let outcome = reply.json["outcome"] as? String ?? "status \(reply.status)"
        let message = (reply.json["error"] as? [String: Any])?["message"] as? String ?? ""
        let first = String(message.prefix { $0 != "\n" })
        let error: String? =
            switch outcome {
            case "succeeded": nil
            case "python_error": first
            default: "\(outcome): \(first)"
            }
        return PackageOutcome(printed: logs.compactMap { $0["text"] as? String }.joined(), error: error)
    }

    @Test(.enabled(if: !packages.isEmpty, "no package is installed for the tests"), arguments: ["auto", "none"])
    func packagesWorkInAConfinedWorkerAsInPlainPython(preload: String) async throws {
        let plain = try await PlainPython.run(Self.packages.flatMap(\.uses))
        let daemon = try await Self.service(["TERRARIUM_PRELOAD": preload])
        for package in Self.packages {
            for use in package.uses where package.differences[use.name] == nil {
                let outcome = Self.outcome(try await daemon.run(use.code))
                #expect(outcome == plain[use.name], "\(use.name)")
            }
        }
    }

    /// The control: what the kernel refuses in a worker alone is noticed.
    @Test func aDifferenceIsNoticed() async throws {
        let use = PolicyCase(name: "control", settings: [:], code: "import os\nprint(len(os.listdir('/usr')) > 0)\n")
        let plain = try await PlainPython.run([use])
        let daemon = try await Daemon.start(["TERRARIUM_STDLIB_ALLOW": "@safe,os"])
        let outcome = Self.outcome(try await daemon.run(use.code))
        #expect(plain["control"]?.error == nil && outcome != plain["control"], "\(outcome)")
    }
}
