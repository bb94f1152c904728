import Foundation
import TestSupport

/// The attacks, made ready to run.
enum EscapeSuite {
    static let folder = "\(Programs.package)/Tests/WorkerSide/EscapeTests/Cases"

    /// Every attack; each begins with the prelude, which shows whether what it got hold of leads out.
    ///
    /// - Parameter secrets: A folder outside of every library, which gets the files that no task may read.
    /// - Returns: The cases, complete.
    /// - Throws: When the data cannot be read.
    static func cases(secrets: ScratchFolder) throws -> [PolicyCase] {
        let prelude = try String(contentsOfFile: "\(Self.folder)/prelude.py", encoding: .utf8)
        _ = try secrets.file("secret.txt", PolicyRunner.secret + "\n")
        _ = try secrets.file("secret.xml", "<a>\(PolicyRunner.secret)</a>")
        var cases = try PolicyCase.load(folder: Self.folder)
        for line in try String(contentsOfFile: "\(Self.folder)/bridges.txt", encoding: .utf8).split(separator: "\n")
        where !line.hasPrefix("#") {
            let parts = line.components(separatedBy: ": ")
            cases.append(
                PolicyCase(
                    name: "bridges.\(parts[0]).\(parts[1])",
                    settings: parts.count > 2 ? ["python": parts[2]] : [:],
                    code: """
                        import \(parts[0])
                        x = \(parts[0])
                        for part in "\(parts[1])".split("."):
                            x = getattr(x, part)
                        pwn(x)

                        """
                )
            )
        }
        cases.removeAll { !$0.isForThisPython }
        for index in cases.indices {
            let code = cases[index].code
                .replacingOccurrences(of: "{SECRET}", with: "\(secrets.path)/secret.txt")
                .replacingOccurrences(of: "{SECRET_XML}", with: "\(secrets.path)/secret.xml")
                .replacingOccurrences(of: "{SECRET_FOLDER}", with: secrets.path)
            cases[index].code = prelude + code
        }
        return cases
    }

    /// The same program past the static check: as text for an `exec` that the operator has allowed.
    static func pastTheCheck(_ job: PolicyCase) throws -> PolicyCase {
        let text = try JSONEncoder().encode([job.code])
        var job = job
        // A JSON string is a Python string too, apart from escaped slashes.
        let literal = String(decoding: text, as: UTF8.self).replacingOccurrences(of: "\\/", with: "/")
        job.code = "exec(\(literal)[0], {'__name__': '__main__'})\n"
        return job
    }

    /// Runs cases, those of one allowlist together.
    static func run(_ cases: [PolicyCase], _ runner: PolicyRunner) async throws -> [String: PolicyCaseOutcome] {
        var outcomes: [String: PolicyCaseOutcome] = [:]
        for (allowlist, group) in Dictionary(grouping: cases, by: { $0.settings["stdlib"] ?? runner.standardLibrary }) {
            var runner = runner
            runner.standardLibrary = allowlist
            outcomes.merge(try await runner.run(group)) { first, _ in first }
        }
        return outcomes
    }
}
