import Foundation
import TestSupport

/// A package that people use in tasks, and some real uses of it.
///
/// The files of the folder `Packages` are Python in which a line `# package: NAME` begins a package, as pip knows it, and
/// `# use: NAME` one of its uses. `# modules: a,b` names what the package is imported as where that differs, `# small`
/// makes the package part of every test run, and `# differs: REASON` below a use says why a task does something else than
/// plain CPython.
struct PackageUnderTest: Sendable, CustomStringConvertible {
    /// The name for pip.
    let name: String
    /// What an operator lists.
    var modules: [String] = []
    var isSmall = false
    var uses: [PolicyCase] = []
    /// The reasons of the uses that may differ.
    var differences: [String: String] = [:]

    var description: String { self.name }
    /// The list for a setting.
    var list: String { self.modules.joined(separator: ",") }

    static let folder = "\(Programs.package)/Tests/WorkerSide/PackageTests"

    /// The folder of `make packages-test`; nil in any other run.
    static let fullSite: String? = ProcessInfo.processInfo.environment["TERRARIUM_PACKAGES_SITE"]
    /// The folder that the packages are in.
    static let site = Self.fullSite ?? "\(Programs.package)/.build/test-site-packages"

    static let all: [PackageUnderTest] = {
        do { return try Self.load() } catch { fatalError("\(error)") }
    }()

    /// The packages of this run: those that are installed, and without `make packages-test` only small ones.
    static let chosen: [PackageUnderTest] = Self.all.filter { package in
        guard Self.fullSite != nil || package.isSmall else { return false }
        guard !package.isInstalled else { return true }
        print("skipped: \(package.name) is not installed in \(Self.site)")
        return false
    }

    private var isInstalled: Bool {
        self.modules.allSatisfy { module in
            let path = "\(Self.site)/\(module.replacing(".", with: "/"))"
            return FileManager.default.fileExists(atPath: path) || FileManager.default.fileExists(atPath: path + ".py")
        }
    }

    private static func load() throws -> [PackageUnderTest] {
        var packages: [PackageUnderTest] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/Packages").sorted()
        where file.hasSuffix(".py") {
            let text = try String(contentsOfFile: "\(Self.folder)/Packages/\(file)", encoding: .utf8)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
                if line.hasPrefix("# package: ") {
                    let name = String(line.dropFirst("# package: ".count))
                    packages.append(PackageUnderTest(name: name))
                    packages[packages.count - 1].modules = [name.replacing("-", with: "_")]
                } else if !packages.isEmpty {
                    packages[packages.count - 1].add(line)
                }
            }
        }
        return packages
    }

    private mutating func add(_ line: String) {
        if line.hasPrefix("# modules: ") {
            self.modules = line.dropFirst("# modules: ".count).split(separator: ",").map(String.init)
        } else if line == "# small" {
            self.isSmall = true
        } else if line.hasPrefix("# use: ") {
            let name = "\(self.name).\(line.dropFirst("# use: ".count))"
            self.uses.append(PolicyCase(name: name, settings: [:], code: ""))
        } else if line.hasPrefix("# differs: "), let use = self.uses.last {
            self.differences[use.name] = String(line.dropFirst("# differs: ".count))
        } else if !self.uses.isEmpty {
            self.uses[self.uses.count - 1].code += line + "\n"
        }
    }
}
