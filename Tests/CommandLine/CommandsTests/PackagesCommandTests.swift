import Foundation
import Glibc
import TestSupport
import Testing

/// `terrarium packages`, with folders as pip leaves them.
@Suite struct PackagesCommandTests {
    /// A folder with a plain package and one with compiled modules for Python 3.12.
    private static func site() throws -> ScratchFolder {
        let site = try ScratchFolder(mode: 0o755)
        for path in ["plain", "Plain-1.0.dist-info", "fast/core", "fast-2.1.dist-info", "unreadable"] {
            try FileManager.default.createDirectory(atPath: "\(site.path)/\(path)", withIntermediateDirectories: true)
        }
        for path in ["plain/__init__.py", "fast/core/x.cpython-312-x86_64-linux-gnu.so"] { _ = try site.file(path, "") }
        let files = "plain/__init__.py,,\nPlain-1.0.dist-info/RECORD,,\n../../bin/plain,,\n"
        _ = try site.file("Plain-1.0.dist-info/RECORD", files)
        _ = try site.file("fast-2.1.dist-info/RECORD", "fast/core/x.so,,\n_fast.so,,\nfaster.py,,\nfast.libs/y.so,,\n")
        return site
    }

    private func terrarium(
        _ arguments: [String],
        _ environment: [String: String] = [:]
    ) async throws -> Programs.Finished {
        try await Programs.run(Programs.terrarium, arguments, environment: environment)
    }

    @Test func theListHasVersionsAndThePythonOfCompiledParts() async throws {
        let site = try Self.site()
        let listed = try await self.terrarium(["packages", "list", site.path])
        let rows = listed.output.split(separator: "\n").dropFirst(2).map { $0.split(separator: " ").map(String.init) }
        #expect(rows == [["Plain", "1.0", site.path], ["fast", "2.1", "3.12", site.path]], "\(listed)")
        let json = try await self.terrarium(["packages", "list", "--json"], ["TERRARIUM_SITE_PACKAGES": site.path])
        #expect(
            json.output.contains(#"{"package":"fast","version":"2.1","pythons":["3.12"],"folder":"\#(site.path)"}"#)
        )
        #expect(try await self.terrarium(["packages", "list"], ["TERRARIUM_SITE_PACKAGES": ""]).status == 2)
        let missing = try await self.terrarium(["packages", "list", "/no/such"])
        let warning = #"cannot read "/no/such": No such file or directory; make the folder"#
        #expect(missing.errors.contains(warning), "\(missing)")
    }

    @Test func aPackageThatIsAllowedAndMissingIsNamed() async throws {
        let site = try Self.site()
        let settings = ["TERRARIUM_SITE_PACKAGES": site.path, "TERRARIUM_EXTERNAL_ALLOW": "plain,pandas.io"]
        let checked = try await self.terrarium(["config", "--check"], settings)
        #expect(checked.status == 0)
        let warning = "TERRARIUM_EXTERNAL_ALLOW names pandas.io, which no folder of TERRARIUM_SITE_PACKAGES has"
        #expect(checked.errors.contains(warning) && !checked.errors.contains("names plain"), "\(checked)")
        let shown = try await self.terrarium(["config"], settings)
        #expect(shown.output.contains("warning: \(warning)"))
        // The service says so at its start, and starts.
        let daemon = try await Daemon.start(settings)
        #expect(daemon.log.contains(warning), "\(daemon.log)")
        // The control: nothing is said where all is there.
        let well = ["TERRARIUM_SITE_PACKAGES": site.path, "TERRARIUM_EXTERNAL_ALLOW": "plain"]
        #expect(try await self.terrarium(["config", "--check"], well).errors.isEmpty)
    }

    /// Root may read everything.
    @Test(.enabled(if: geteuid() == 0, "needs root to become another user")) func aPackageThatMayNotBeReadIsNamed()
        async throws
    {
        let site = try Self.site()
        let settings = ["TERRARIUM_SITE_PACKAGES=\(site.path)", "TERRARIUM_EXTERNAL_ALLOW=unreadable"]
        let check = ["--reuid=65534", "--regid=65534", "--clear-groups", "env"] + settings
        let readable = try await Programs.run("/usr/bin/setpriv", check + [Programs.terrarium, "config", "--check"])
        try #require(readable.status == 0 && readable.errors.isEmpty, "\(readable)")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(site.path)/unreadable")
        let checked = try await Programs.run("/usr/bin/setpriv", check + [Programs.terrarium, "config", "--check"])
        #expect(checked.errors.contains("the package unreadable in \(site.path) may not be read; run chmod -R a+rX"))
    }

    @Test func anInstallationEndsWithTheNextSteps() async throws {
        let site = try Self.site()
        let install = ["packages", "install", "-r", "requirements.txt", "--into", site.path, "--python"]
        let done = try await self.terrarium(install + ["/bin/true"])
        #expect(done.status == 0)
        #expect(done.errors.contains("TERRARIUM_SITE_PACKAGES=\(site.path)\n"), "\(done)")
        // The names that are imported, which are not those of the packages.
        #expect(done.errors.contains("TERRARIUM_EXTERNAL_ALLOW=fast,faster,plain\n"), "\(done)")
        _ = try site.file("Plain-1.0.dist-info/REQUESTED", "")
        let requested = try await self.terrarium(install + ["/bin/true"])
        #expect(requested.errors.contains("TERRARIUM_EXTERNAL_ALLOW=plain\n"), "\(requested)")
        #expect(!done.errors.contains("warning"))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: site.path)
        let closed = try await self.terrarium(install + ["/bin/true"])
        #expect(closed.errors.contains("warning: other users may not read \(site.path)"), "\(closed)")
        // The control: pip's failure is the command's, and there are no next steps.
        let failed = try await self.terrarium(install + ["/bin/false"])
        #expect(failed.status == 1 && failed.errors.isEmpty, "\(failed)")
    }
}
