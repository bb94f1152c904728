import ArgumentParser
import Client

/// The command `terrarium cancel`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a task that waits or runs."
    )

    @OptionGroup var service: ServiceOptions

    @Argument(help: "The task's identifier, as \"terrarium tasks\" shows it, or its first digits.")
    var id: String

    func run() async throws {
        try await self.service.withClient(allowsEmbedded: false) { [id] client in
            let whole = try TaskPrefix(id).match(in: try await client.tasks())
            do {
                try await client.cancel(whole)
            } catch ClientError.refused(let problem) where problem.status == 404 {
                throw TaskPrefix.unknown(id)
            }
        }
    }
}
