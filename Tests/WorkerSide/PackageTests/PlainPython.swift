import Foundation
import TestSupport

/// What a use of a package did: what it printed, and the first line of the exception that ended it.
struct PackageOutcome: Equatable, Sendable, CustomStringConvertible {
    var printed: String
    var error: String?

    var description: String { "printed \(self.printed.debugDescription), error \(self.error ?? "none")" }

    init(printed: String, error: String?) {
        self.printed = printed
        self.error = error
    }

    /// The outcome of a task.
    init(_ outcome: PolicyCaseOutcome) {
        self.printed = outcome.log
        let first = outcome.message.prefix { $0 != "\n" }
        switch outcome.outcome {
        case "succeeded": self.error = nil
        case "python_error": self.error = String(first)
        default: self.error = "\(outcome.outcome): \(first)"
        }
    }
}

/// The system's CPython, of the version that is embedded, without any policy.
enum PlainPython {
    static let program = "/usr/bin/python3"

    /// Runs each use in a process of its own.
    static func run(_ uses: [PolicyCase]) async throws -> [String: PackageOutcome] {
        let input = try JSONEncoder().encode(uses.map { [$0.name, $0.code] })
        let finished = try await Programs.run(
            Self.program,
            ["-s", "-S", "\(PackageUnderTest.folder)/plain.py", PackageUnderTest.site],
            environment: ["PYTHONHASHSEED": "1", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"],
            input: String(decoding: input, as: UTF8.self)
        )
        var outcomes: [String: PackageOutcome] = [:]
        for line in finished.output.split(separator: "\n") {
            let fields = try JSONDecoder().decode([String?].self, from: Data(line.utf8))
            guard fields.count == 3, let name = fields[0], let printed = fields[1] else { continue }
            outcomes[name] = PackageOutcome(printed: printed, error: fields[2])
        }
        guard outcomes.count == uses.count else {
            throw UnixHTTPConnection.Failure(
                description: "plain CPython answered \(outcomes.count) of \(uses.count): \(finished.errors)"
            )
        }
        return outcomes
    }
}
