import ArgumentParser
import Client

/// `terrarium cancel`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a task that waits or runs."
    )

    @OptionGroup var service: ServiceOptions

    @Argument(help: "The task's identifier, as \"terrarium tasks\" shows it.")
    var id: String

    func run() async throws {
        do {
            try await self.service.withClient(allowsEmbedded: false) { [id] client in
                do {
                    try await client.cancel(id)
                } catch ClientError.refused(let problem) where problem.status == 404 {
                    throw CommandError(status: .failure, message: "there is no task \(id) of yours that waits or runs")
                }
            }
        }
    }
}
