import Foundation
import TestSupport
import Testing

/// The Debian package, made of the programs under test.
@Suite struct DebianPackageTests {
    private static let tool = FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg-deb")

    private static func build(in folder: ScratchFolder) async throws -> String {
        let built = try await Programs.run(
            "\(Programs.package)/scripts/deb.sh",
            [Programs.folder, folder.path, "--allow-unpackaged"]
        )
        try #require(built.status == 0, "\(built.errors)")
        return built.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(.enabled(if: Self.tool)) func thePackageHasTheServiceAndDependsOnWhatItLoads() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let package = try await Self.build(in: folder)

        func field(_ name: String) async throws -> String {
            try await Programs.run("/usr/bin/dpkg-deb", ["--field", package, name]).output
        }
        let depends = try await field("Depends")
        for name in ["libpython\(PythonVersion.text) (>= ", "libseccomp2 (>= ", "libc6 (>= ", "tzdata"] {
            #expect(depends.contains(name), "\(depends)")
        }
        // For "terrarium packages install", which the service itself has no use for.
        #expect(try await field("Recommends") == "python3-pip\n")
        let version = try await Programs.run(Programs.terrarium, ["--version"]).output
        #expect(try await field("Version") == version)

        let contents = try await Programs.run("/usr/bin/dpkg-deb", ["--contents", package]).output
        for line in [
            "-rwxr-xr-x root/root . ./usr/bin/terrarium",
            "-rwxr-xr-x root/root . ./usr/bin/terrarium-bench",
            "-rwxr-xr-x root/root . ./usr/libexec/terrarium/terrarium-worker",
            "-rwxr-xr-x root/root . ./usr/libexec/terrarium/terrarium-baseline",
            "-rw-r--r-- root/root . ./usr/lib/systemd/system/terrarium.service",
            "-rw-r--r-- root/root . ./usr/lib/systemd/system/terrarium.socket",
            "-rw-r--r-- root/root . ./usr/lib/sysusers.d/terrarium.conf",
            "-rw-r--r-- root/root . ./usr/share/man/man1/terrarium.1.gz",
            "-rw-r--r-- root/root . ./usr/share/man/man1/terrarium-packages-install.1.gz",
            "-rw-r--r-- root/root . ./usr/share/bash-completion/completions/terrarium",
            "-rw-r--r-- root/root . ./usr/share/zsh/vendor-completions/_terrarium",
            "-rw-r--r-- root/root . ./usr/share/fish/vendor_completions.d/terrarium.fish",
            "-rw-r--r-- root/root . ./usr/lib/tmpfiles.d/terrarium.conf",
            "-rw-r----- root/root . ./etc/terrarium/runner.conf",
            "-rw-r--r-- root/root . ./usr/share/doc/terrarium/copyright",
            "-rw-r--r-- root/root . ./usr/share/doc/terrarium/LICENSE",
            "-rw-r--r-- root/root . ./usr/share/doc/terrarium/NOTICE",
            "-rw-r--r-- root/root . ./usr/share/doc/terrarium/docs/decisions/README.md",
        ] {
            let parts = line.components(separatedBy: " . ")
            let isThere = contents.split(separator: "\n").contains {
                $0.hasPrefix(parts[0]) && $0.hasSuffix(" \(parts[1])")
            }
            #expect(isThere, "\(line)")
        }

        let control = "\(folder.path)/control"
        _ = try await Programs.run("/usr/bin/dpkg-deb", ["--control", package, control])
        let settings = try String(contentsOfFile: "\(control)/conffiles", encoding: .utf8)
        #expect(settings == "/etc/terrarium/runner.conf\n")
        let unit = try await Programs.run(
            "/bin/sh",
            ["-c", "dpkg-deb --fsys-tarfile '\(package)' | tar -xO ./usr/lib/systemd/system/terrarium.service"]
        )
        #expect(unit.output.contains("ExecStart=/usr/bin/terrarium serve --config /etc/terrarium/runner.conf\n"))
    }

    @Test(.enabled(if: Self.tool)) func programsThatNeedLibrariesOfNoPackageMakeNoPackage() async throws {
        // Only a debug build has such libraries: the toolchain's.
        let libraries = try await Programs.run("/usr/bin/ldd", [Programs.terrarium]).output
        guard libraries.contains("libswiftCore.so") else { return }
        let folder = try ScratchFolder(mode: 0o755)
        let built = try await Programs.run("\(Programs.package)/scripts/deb.sh", [Programs.folder, folder.path])
        #expect(built.status == 1)
        #expect(built.errors.contains("belongs to no package"), "\(built.errors)")
    }
}
