import Foundation
import TestSupport
import Testing

/// How long and how much: short within the test suite, long under `make soak`.
enum SoakSettings {
    /// Seconds under load.
    static let seconds = Self.number("TRM_SOAK_SECONDS") ?? 6
    /// Tasks of the endurance run.
    static let tasks = Self.number("TRM_SOAK_TASKS") ?? 2000
    /// Where the programs are: `make soak` names the release build's folder.
    static let programs = ProcessInfo.processInfo.environment["TRM_SOAK_PROGRAMS"] ?? Programs.folder

    /// Whether this is `make soak`, which has the machine to itself.
    static var isLong: Bool { self.seconds >= 30 }

    /// What `/healthz` may take at the 99th percentile, in seconds. Within the test suite other suites run beside this
    /// one, and the figure says as much about them.
    static var healthBound: Double { self.isLong ? 0.05 : 1 }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}

/// All of these tests: each wants the machine to itself.
@Suite(.serialized) enum OneAtATime {}
