import Tasks

/// The submodules of preloaded packages that tasks import for themselves, such as `scipy.stats`: the next fork server
/// imports them in advance. Pure; owned by ``ForkServerSupervisor``.
///
/// Names come from workers, which are untrusted. A name counts only if it is below a package that is preloaded, so that a
/// worker can make a fork server import nothing but code of that package, and the number of names is bounded.
struct LearnedModules: Sendable {
    /// The most modules that are imported in advance.
    static let limit = 16
    /// The most names that are counted.
    static let candidateLimit = 64
    /// The number of tasks that have to import a module.
    static let threshold = 3
    /// The longest name in bytes.
    static let longestName = 128

    /// The modules to import in advance, in the order in which they were learned.
    private(set) var modules: [String] = []
    private var counts: [String: Int] = [:]
    private var isEnabled = true

    /// A task imported these modules, which its fork server had not loaded.
    mutating func imported(_ names: [String], under configuration: WorkerPoolConfiguration) {
        guard self.isEnabled, configuration.learnsModules else { return }
        let packages = configuration.preload.packageNames
        let planned = Set(configuration.preload.modules)
        for name in names where Self.isSubmodule(name, of: packages) && !planned.contains(name) {
            self.count(name)
        }
    }

    private mutating func count(_ name: String) {
        guard self.modules.count < Self.limit, !self.modules.contains(name) else { return }
        if self.counts[name] == nil, self.counts.count >= Self.candidateLimit {
            // The names that few tasks import make room.
            self.counts = self.counts.compactMapValues { $0 > 1 ? $0 - 1 : nil }
            guard self.counts.count < Self.candidateLimit else { return }
        }
        self.counts[name, default: 0] += 1
        guard self.counts[name] == Self.threshold else { return }
        self.counts[name] = nil
        self.modules.append(name)
    }

    private static func isSubmodule(_ name: String, of packages: Set<String>) -> Bool {
        guard name.utf8.count <= Self.longestName else { return false }
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count > 1, let package = parts.first, packages.contains(String(Substring(package))) else {
            return false
        }
        return parts.allSatisfy { part in
            !part.isEmpty
                && part.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }

    /// A fork server that imported the learned modules failed to start. They are not imported again, and no others are
    /// learned.
    mutating func failed() {
        self = LearnedModules()
        self.isEnabled = false
    }
}
