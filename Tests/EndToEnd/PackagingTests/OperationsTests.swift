import Foundation
import Glibc
import TestSupport
import Testing

/// The commands of docs/operations.md. `make deb-test` runs them as they are in a system of its own; here is what needs
/// none.
@Suite struct OperationsTests {
    /// The commands in the blocks with a mark, as `make deb-test` picks them.
    private static func commands(_ mark: String) throws -> String {
        let text = try String(contentsOfFile: "\(Programs.package)/docs/operations.md", encoding: .utf8)
        return text.components(separatedBy: "```").enumerated()
            .filter { !$0.offset.isMultiple(of: 2) && $0.element.hasPrefix("sh\(mark)\n") }
            .map { $0.element.dropFirst("sh\(mark)\n".count) }
            .joined()
    }

    @Test func everyBlockOfCommandsIsRunSomewhere() throws {
        let text = try String(contentsOfFile: "\(Programs.package)/docs/operations.md", encoding: .utf8)
        let marks = text.split(separator: "\n").filter { $0.hasPrefix("```sh") }
        let boot = try String(contentsOfFile: "\(Programs.package)/packaging/debian/boot-test.sh", encoding: .utf8)
        #expect(marks.count >= 8)
        for mark in Set(marks).subtracting(["```sh packages"]) {
            #expect(boot.contains("document \"\(mark.dropFirst("```sh".count))\""), "\(mark) is run nowhere")
        }
    }

    @Test func theCommandForPackagesIsTheLineThatIsDocumented() async throws {
        let folder = try ScratchFolder()
        let interpreter = "\(folder.path)/python"
        try Programs.script("#!/bin/sh\necho \"$@\"\n", to: interpreter)
        let arguments = ["packages", "install", "-r", "requirements.txt", "--into", "/opt/terrarium/packages"]
        let run = try await Programs.run(Programs.terrarium, arguments + ["--python", interpreter])
        #expect(run.status == 0, "\(run.errors)")
        let documented = try Self.commands(" packages").split(separator: "\n")
        #expect(documented.map { $0 == "/usr/bin/python3 \(run.output.dropLast())" } == [true], "\(run.output)")
    }

    @Test func packagesAreInstalledCompiledAndSeenByTasks() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        // A package of our own, so that no mirror is asked: a wheel is an archive with a list of what is in it.
        let wheel = """
            import sys, zipfile
            with zipfile.ZipFile("parcel-1.0-py3-none-any.whl", "w") as file:
                info = "parcel-1.0.dist-info"
                file.writestr("parcel/__init__.py", "def weigh(things): return len(things)\\n")
                file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: parcel\\nVersion: 1.0\\n")
                file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                names = ["parcel/__init__.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
                file.writestr(f"{info}/RECORD", "".join(f"{name},,\\n" for name in names))
            """
        let made = try await Programs.run("/usr/bin/python3", ["-c", wheel], folder: folder.path)
        try #require(made.status == 0, "\(made.errors)")
        _ = try folder.file("requirements.txt", "./parcel-1.0-py3-none-any.whl\n")

        let target = "\(folder.path)/packages"
        let command = try Self.commands(" packages").replacing("/opt/terrarium/packages", with: target)
        #expect(command.contains(target))
        let installed = try await Programs.run(
            "/bin/sh",
            ["-eu", "-c", command],
            environment: ["PIP_NO_INDEX": "1", "PIP_ROOT_USER_ACTION": "ignore", "HOME": folder.path],
            folder: folder.path
        )
        try #require(installed.status == 0, "\(installed.errors)")
        let compiled = try FileManager.default.contentsOfDirectory(atPath: "\(target)/parcel/__pycache__")
        #expect(compiled.contains { $0.hasSuffix(".pyc") })

        let code = "import parcel\nreturn {'n': parcel.weigh(_items)}"
        let daemon = try await Daemon.start([
            "TERRARIUM_SITE_PACKAGES": target, "TERRARIUM_EXTERNAL_ALLOW": "parcel",
        ])
        let reply = try await daemon.run(code, items: "[{},{}]")
        #expect(reply.json["outcome"] as? String == "succeeded", "\(reply.text)")
        // The control: without the settings there is no such package.
        let bare = try await Daemon.start()
        #expect(try await bare.run(code).json["outcome"] as? String == "policy_violation")
    }
}
