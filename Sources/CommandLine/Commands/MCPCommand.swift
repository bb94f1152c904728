import ArgumentParser

/// The command `terrarium mcp`.
struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Give language models a tool that runs Python, by the Model Context Protocol.",
        discussion: """
            Speaks the protocol (versions \(MCPStateMachine.versions.joined(separator: ", "))) on standard input and output, and \
            ends when standard input ends. The one tool is \(MCPTool.name)(code, items?, timeout?); its description has the policy \
            of the service, and every call is a task of it.

            A program that starts servers by a JSON file:
              {"mcpServers": {"python": {"command": "terrarium", "args": ["mcp"]}}}
            """
    )

    @OptionGroup var service: ServiceOptions

    @Flag(inversion: .prefixedNo, help: "Start a service in this process when none is running.")
    var embedded = true

    func run() async throws {
        let (service, embedded) = (self.service, self.embedded)
        do {
            try await Interrupts.cancelling {
                try await service.withClient(allowsEmbedded: embedded) { await MCPConnection(client: $0).serve() }
            }
        } catch let error as CommandError where error.status == .cancelled {
            // Not an error: a client ends a server by closing its input and then sending SIGTERM.
        }
    }
}
