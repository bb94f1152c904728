/// Names a fork server in logs and control groups; unique within the service as long as each pool has a prefix of its own.
struct ForkServerID: Hashable, Sendable, CustomStringConvertible {
    let description: String

    /// The prefix of the only pool, or of the pool without packages.
    static let defaultPrefix = "fs"

    init(_ number: UInt64, prefix: String = Self.defaultPrefix) { self.description = "\(prefix)\(number)" }
}
