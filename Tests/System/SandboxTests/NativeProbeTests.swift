import Foundation
import Glibc
import TestSupport
import Testing

/// The same attempts in a real worker of the real daemon, from a module written in C: Python only makes the call.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: Programs.worker), "the programs are not built"))
struct NativeProbeTests {
    @Test(arguments: ["0", "8M"]) func everyAttemptOfANativeModuleIsContained(folder: String) async throws {
        let targets = try ProbeTargets()
        try await Self.buildModule(into: targets.folder + "/site")
        let daemon = try await Daemon.start([
            "TERRARIUM_EXTERNAL_ALLOW": "terrarium_probe",
            "TERRARIUM_SITE_PACKAGES": targets.folder + "/site",
            "TERRARIUM_MEMORY_LIMIT": "64M",
            "TERRARIUM_CPU_LIMIT": "1",
            "TERRARIUM_TEMP_SIZE": folder,
        ])
        let hasFolder = folder != "0"
        let arguments = targets.pythonArguments(folder: hasFolder ? "/private/tmp" : nil)
        for (attempt, usual) in expectedContainment {
            let expected = hasFolder ? expectedWithFolder[attempt] ?? usual : usual
            // Aimed at the fork server, which is process 1 of the namespace.
            let code = """
                import terrarium_probe
                return {"errno": terrarium_probe.attempt("\(attempt)", 1, \(arguments))}
                """
            let reply = try await daemon.run(code)
            let outcome = reply.json["outcome"] as? String ?? reply.text
            let error = reply.json["error"] as? [String: Any] ?? [:]
            let message = error["message"] as? String ?? ""
            let items = reply.json["items"] as? [[String: [String: Int]]]
            let code0 = items?.first?["json"]?["errno"]
            switch expected {
            case .refused:
                #expect(code0 == Int(-EPERM), "\(attempt): \(outcome) \(message) \(code0 ?? 1)")
            case .failed(let errno):
                #expect(code0 == Int(-errno), "\(attempt): \(outcome) \(message) \(code0 ?? 1)")
            case .killed:
                #expect(outcome == "worker_died", "\(attempt): \(outcome) \(message)")
                // The entry of another architecture is the kernel's to end; every other call is named.
                let isNamed = message.hasPrefix("blocked: ") || message.contains("SIGSYS")
                #expect(isNamed, "\(attempt): \(message)")
            case .permitted:
                #expect(code0 == 0, "\(attempt): \(outcome) \(message)")
            case .outOfProcessorTime:
                #expect(outcome != "succeeded", "\(attempt)")
            }
        }
        // After all that the daemon runs tasks as if nothing had happened.
        #expect(try await daemon.run("return {'fine': 1}").json["outcome"] as? String == "succeeded")
    }

    private static func buildModule(into folder: String) async throws {
        let sources = "\(Programs.package)/Tests/System/CProbe"
        let names = try FileManager.default.contentsOfDirectory(atPath: sources).filter { $0.hasSuffix(".c") }
        let flags = try await Programs.run("/usr/bin/env", ["pkg-config", "--cflags", "python3"])
        let includes = flags.output.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
        // The compiler that built this package: the toolchain's, by the path of whoever runs the tests.
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let built = try await Programs.run(
            "/usr/bin/env",
            ["clang", "-shared", "-fPIC", "-O1", "-I\(sources)/include"] + includes + names.map { "\(sources)/\($0)" }
                + [
                    "\(Programs.package)/Tests/System/SandboxTests/NativeProbe/terrarium_probe.c", "-o",
                    "\(folder)/terrarium_probe.so",
                ],
            environment: ["PATH": path]
        )
        #expect(built.status == 0, "\(built.errors)")
        chmod("\(folder)/terrarium_probe.so", 0o644)
    }
}
