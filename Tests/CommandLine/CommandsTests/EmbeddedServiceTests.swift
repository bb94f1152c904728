import Foundation
import Glibc
import TestSupport
import Testing

@testable import Commands

/// The service that a command starts for itself.
@Suite struct EmbeddedServiceTests {
    @Test func theFirstCommandOfANewcomerWorksAndLeavesNothingBehind() async throws {
        let folder = try ScratchFolder()
        let finished = try await Programs.run(
            Programs.terrarium,
            ["run", "-c", "return {'answer': 42}"],
            environment: ["XDG_RUNTIME_DIR": folder.path]
        )
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == "[\n{\"json\":{\"answer\":42}}\n]\n")
        #expect(finished.errors.hasPrefix("note: no service is running"))
        #expect(finished.errors.split(separator: "\n").count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func theEnvironmentsSettingsHold() async throws {
        let refused = try await Shell.run("terrarium run -c 'import json'", environment: ["TERRARIUM_STDLIB_ALLOW": ""])
        #expect(refused.status == 4)
        let allowed = try await Shell.run("terrarium run -c 'import json'")
        #expect(allowed.status == 0)
        let bad = try await Shell.run("terrarium run -c 'import json'", environment: ["TERRARIUM_NONSENSE": "1"])
        #expect(bad.status == 2)
        #expect(bad.errors.contains("TERRARIUM_NONSENSE: unknown setting"))
    }

    @Test func itCanBeForbidden() async throws {
        let finished = try await Shell.run("terrarium run -c 'return []' --no-embedded")
        #expect(finished.status == 3)
        #expect(finished.output.isEmpty)
    }

    @Test func theEnvironmentCanForbidIt() async throws {
        let never = try await Shell.run("terrarium run -c 'return []'", environment: ["TERRARIUM_EMBEDDED": "never"])
        #expect(never.status == 3)
        #expect(never.errors.contains("TERRARIUM_EMBEDDED=never"), "\(never.errors)")
        let auto = try await Shell.run("terrarium run -c 'return []'", environment: ["TERRARIUM_EMBEDDED": "auto"])
        #expect(auto.status == 0, "\(auto.errors)")
        let bad = try await Shell.run("terrarium run -c 'return []'", environment: ["TERRARIUM_EMBEDDED": "no"])
        #expect(bad.status == 2 && bad.errors.contains("accepted: auto, never"), "\(bad.errors)")
    }

    @Test func theNoteNamesThePolicyInForce() async throws {
        let environment = ["TERRARIUM_STDLIB_ALLOW": "json,re"]
        let noted = try await Shell.run("terrarium run -c 'return []'", environment: environment)
        #expect(noted.errors.contains("in which tasks may import json, re"), "\(noted.errors)")
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "")
        #expect(EmbeddedNote.text([:], installedFile: file).contains("the settings of \(file) do not apply"))
        #expect(!EmbeddedNote.text([:], installedFile: "/nonexistent/runner.conf").contains("do not apply"))
        let quiet = try await Shell.run("terrarium run -q -c 'return []'")
        #expect(quiet.status == 0 && quiet.errors.isEmpty, "\(quiet.errors)")
    }

    @Test func itsSocketIsForItsUserOnly() async throws {
        let folder = try ScratchFolder()
        // The task waits, so that somebody can look at the folder in the meantime.
        let script = """
            terrarium run -c 'import time
            print("it sleeps")
            time.sleep(60)' 2>'\(folder.path)/errors' &
            pid=$!
            while ! grep -q "it sleeps" '\(folder.path)/errors'; do sleep 0.01; done
            stat -c '%a %F' '\(folder.path)'/terrarium-*  '\(folder.path)'/terrarium-*/terrarium.sock
            kill -INT $pid
            wait $pid
            echo $?
            """
        let finished = try await Shell.run(script, environment: ["XDG_RUNTIME_DIR": folder.path])
        #expect(finished.output == "700 directory\n600 socket\n130\n", "\(finished.output)\(finished.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["errors"])
    }

    @Test func aWorkerThatIsMissingIsSaid() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let copy = "\(folder.path)/terrarium"
        try Programs.copy(Programs.terrarium, to: copy)
        let finished = try await Programs.run(
            copy,
            ["run", "-c", "return []"],
            environment: ["XDG_RUNTIME_DIR": folder.path]
        )
        #expect(finished.status == 3)
        #expect(finished.errors.contains("cannot find terrarium-worker at \(folder.path)/terrarium-worker"))
    }
}
