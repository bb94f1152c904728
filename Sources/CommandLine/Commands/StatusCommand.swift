import ArgumentParser
import Client

/// The command `terrarium status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show on one screen how the service is: readiness, load, sandbox, tasks, and what failed lately.",
        usage: "terrarium status [<options>]",
        discussion: """
            Tasks and failures are your own, or as root those of all users. Exit code 1 says that the service is not ready.
            """
    )

    @OptionGroup var service: ServiceOptions

    @OptionGroup var list: ListOptions

    @Flag(help: "Show it again every two seconds.")
    var watch = false

    func run() async throws {
        let isReady = try await self.service.withClient(allowsEmbedded: false) { [watch, list] client in
            guard watch else {
                let report = try await Self.report(client)
                try Terminal.output(Self.text(report, list))
                return report.info["load"]?["ready"]?.flag == true
            }
            try await Watch.repeating { Self.text(try await Self.report(client), list) }
            return true
        }
        guard isReady else { throw ExitStatus.failure.exitCode }
    }

    private static func text(_ report: StatusReport, _ list: ListOptions) -> String {
        switch list.chosen {
        case .json: report.json.line + "\n"
        case .table: report.text(on: .standardOutput)
        }
    }

    private static func report(_ client: TerrariumClient) async throws -> StatusReport {
        StatusReport(
            info: try await client.info(),
            tasks: try await client.tasks()["tasks"]?.elements ?? [],
            failures: try await client.history(
                onlyFailures: true,
                limit: StatusReport.maximumFailures
            )["tasks"]?.elements ?? [],
            now: HumanText.now
        )
    }
}
