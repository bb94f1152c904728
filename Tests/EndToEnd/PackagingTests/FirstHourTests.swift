import Foundation
import Glibc
import TestSupport
import Testing

/// docs/first-hour.md: a new user's way from the package to a service and back, in a copy of this machine's root.
@Suite struct FirstHourTests {
    private static let isRoot = getuid() == 0
    private static let tool = FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg-deb")
    /// Messages of Python differ between its versions.
    private static let isKnownPython = FileManager.default.fileExists(atPath: "/usr/bin/python3.11")

    /// Writes a wheel as pip installs it.
    private static let wheel = """
        import sys, zipfile
        with zipfile.ZipFile(sys.argv[1], "w") as wheel:
            wheel.writestr("greeting.py", "def text(name):\\n    return f'Hello, {name}!'\\n")
            wheel.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n")
            wheel.writestr("greeting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
            wheel.writestr("greeting-1.0.dist-info/RECORD", "greeting.py,,\\ngreeting-1.0.dist-info/METADATA,,\\n"
                "greeting-1.0.dist-info/WHEEL,,\\ngreeting-1.0.dist-info/RECORD,,\\n")
        """

    @Test(.enabled(if: Self.isRoot && Self.tool && Self.isKnownPython), .timeLimit(.minutes(5)))
    func thePageIsWhatHappens() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let built = try await Programs.run(
            "\(Programs.package)/scripts/deb.sh",
            [Programs.folder, folder.path, "--allow-unpackaged"]
        )
        try #require(built.status == 0, "\(built.errors)")
        let package = "\(folder.path)/terrarium.deb"
        try FileManager.default.moveItem(
            atPath: built.output.trimmingCharacters(in: .whitespacesAndNewlines),
            toPath: package
        )
        let wheel = "\(folder.path)/greeting-1.0-py3-none-any.whl"
        let made = try await Programs.run("/usr/bin/python3", ["-c", Self.wheel, wheel])
        try #require(made.status == 0, "\(made.errors)")
        var transcript = Transcript()
        let standIn = "\(Programs.package)/Tests/EndToEnd/PackagingScripts/systemctl-stand-in.sh"
        transcript.ownRoot = [package, wheel, standIn]
        transcript.replacements = [("runner\\.conf:[0-9]+", "runner.conf:120")]
        // The package of a debug build does not name the libraries of the toolchain.
        transcript.prologue = """
            export DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
            export PIP_NO_INDEX=1 PIP_FIND_LINKS=/root PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
            install -D -m 0755 systemctl-stand-in.sh /usr/local/sbin/systemctl
            mkdir -p /etc/dpkg/dpkg.cfg.d
            printf 'force-depends\\nforce-unsafe-io\\n' >/etc/dpkg/dpkg.cfg.d/test
            """
        try await transcript.check("\(Programs.package)/docs/first-hour.md", fence: "console")
    }
}
