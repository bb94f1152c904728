import TestSupport
import Testing

@testable import Commands

/// The help at the width of a small terminal.
@Suite struct HelpTests {
    static let commands = CommandSuggestion.words(of: TerrariumCommand.self)

    @Test func everyCommandIsAmongThem() {
        #expect(Self.commands.contains(["status"]) && Self.commands.contains(["packages", "list"]))
        #expect(Self.commands.count >= 18)
    }

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
