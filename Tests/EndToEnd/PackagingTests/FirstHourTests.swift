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

    /// Writes a wheel as pip installs it, with what the page uses of pandas.
    private static let wheel = """
        import sys, zipfile
        with zipfile.ZipFile(sys.argv[1], "w") as wheel:
            wheel.writestr("pandas.py", "import statistics\\nclass Series(list):\\n    median = statistics.median\\n")
            wheel.writestr("pandas-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: pandas\\nVersion: 1.0\\n")
            wheel.writestr("pandas-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
            wheel.writestr("pandas-1.0.dist-info/RECORD", "pandas.py,,\\npandas-1.0.dist-info/METADATA,,\\n"
                "pandas-1.0.dist-info/WHEEL,,\\npandas-1.0.dist-info/RECORD,,\\n")
        """

    /// The wheels of pandas: the real ones, or where no index is reachable one that stands for them.
    private static func wheels(_ folder: ScratchFolder) async throws -> [String] {
        let pip = [
            "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "10",
        ]
        let wheels = "\(folder.path)/wheels"
        let downloaded = try await Programs.run(
            "/usr/bin/python3",
            pip + ["--only-binary", ":all:", "--dest", wheels, "pandas"],
            environment: ProcessInfo.processInfo.environment
        )
        if downloaded.status == 0 {
            return try FileManager.default.contentsOfDirectory(atPath: wheels).map { "\(wheels)/\($0)" }
        }
        let path = "\(folder.path)/pandas-1.0-py3-none-any.whl"
        let made = try await Programs.run("/usr/bin/python3", ["-c", Self.wheel, path])
        try #require(made.status == 0, "\(made.errors)")
        return [path]
    }

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
        var transcript = Transcript()
        let standIn = "\(Programs.package)/Tests/EndToEnd/PackagingScripts/systemctl-stand-in.sh"
        transcript.ownRoot = [package, standIn] + (try await Self.wheels(folder))
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
