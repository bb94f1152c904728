import TestSupport
import Testing

/// The help at the width of a small terminal.
@Suite struct HelpTests {
    static let commands = [
        [], ["run"], ["check"], ["tasks"], ["cancel"], ["info"], ["config"], ["doctor"], ["packages"],
        ["packages", "install"], ["packages", "list"], ["n8n"], ["n8n", "check"], ["mcp"], ["serve"],
    ]

    @Test(arguments: commands) func noLineIsLongerThanTheTerminal(command: [String]) async throws {
        let help = try await Programs.run(Programs.terrarium, command + ["--help"], environment: ["COLUMNS": "80"])
        #expect(help.status == 0)
        let lines = help.output.split(separator: "\n")
        #expect(lines.count > 5)
        for line in lines { #expect(line.count <= 80, "\(line)") }
    }

    @Test func theSettingsUseAWideTerminal() async throws {
        let help = try await Programs.run(Programs.terrarium, ["serve", "--help"], environment: ["COLUMNS": "200"])
        #expect(
            help.output.contains(
                "TERRARIUM_BUILTINS_DENY=eval, exec, compile, open, input, breakpoint, globals, locals"
            )
        )
    }
}
