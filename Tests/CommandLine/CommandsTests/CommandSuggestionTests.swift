import Testing

@testable import Commands

@Suite struct CommandSuggestionTests {
    private func message(_ arguments: String...) -> String? {
        CommandSuggestion(TerrariumCommand.self).message(arguments)
    }

    @Test(arguments: [("rnu", "run"), ("ps", "tasks"), ("chekc", "check"), ("conifg", "config"), ("kill", "cancel")])
    func aCommandThatIsNearIsSuggested(word: String, name: String) {
        #expect(self.message(word) == "there is no command \"\(word)\"; did you mean \"\(name)\"?")
        #expect(self.message("help", word) == self.message(word))
    }

    @Test func commandsBelowACommandAreSuggestedToo() throws {
        #expect(
            self.message("packages", "isntall")
                == "there is no command \"packages isntall\"; did you mean \"packages install\"?"
        )
        #expect(try #require(self.message("help", "packages", "zzzzzz")).hasSuffix("packages install, packages list"))
        #expect(self.message("packages", "list", "folder") == nil && self.message("packages") == nil)
    }

    @Test func aCommandThatIsFarFromAllNamesThemAll() throws {
        let message = try #require(self.message("pandas"))
        #expect(message.contains("the commands are run, check, status"))
        #expect(try #require(self.message(String(repeating: "x", count: 1 << 20))).utf8.count < 400)
    }

    @Test func commandsAndOptionsAreLeftToTheParser() {
        for name in ["run", "serve", "help", "--help", "--version", "-h"] { #expect(self.message(name) == nil) }
        #expect(CommandSuggestion(TerrariumCommand.self).message([]) == nil)
        #expect(CommandSuggestion(RunCommand.self).message(["file.py"]) == nil)
    }
}
