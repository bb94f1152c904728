import ArgumentParser
import Client
import Tasks

/// `terrarium check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Hold Python against the policy without running it.",
        discussion: """
            Prints everything that the policy refuses, and advice.

            Exit codes: 0 nothing is refused, 1 the check did not finish, 2 bad usage or input, 3 no service answers,
            4 something is refused, 5 turned away, 77 the sandbox's floor is not met on this machine.
            """
    )

    @OptionGroup var source: CodeOptions
    @OptionGroup var service: ServiceOptions

    @Flag(help: "The code is meant to run once for each item.")
    var each = false

    @Flag(inversion: .prefixedNo, help: "Start a service in this process when none is running.")
    var embedded = true

    func run() async throws {
        let code = try self.source.text()
        let submission = TaskSubmission(code: code, mode: self.each ? .eachItem : .allItems)
        let (service, embedded) = (self.service, self.embedded)
        let report = try await Interrupts.cancelling {
            try await service.withClient(allowsEmbedded: embedded) { try await $0.check(submission) }
        }
        let diagnostics = Diagnostics(fileName: self.source.name, code: code)
        for violation in report.violations { Terminal.error(diagnostics.text(violation)) }
        for hint in report.hints { Terminal.error(diagnostics.text(hint)) }
        guard report.violations.isEmpty else { throw ExitStatus.refusedCode.exitCode }
    }
}
