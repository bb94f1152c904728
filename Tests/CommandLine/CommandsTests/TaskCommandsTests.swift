import Client
import Testing

@testable import Commands

@Suite struct TaskCommandsTests {
    private static let screen = Screen(width: nil, height: nil, style: .plain, isUTF8: true)

    private func tree(_ text: String) throws -> JSONTree { try JSONTree(Array(text.utf8)) }

    @Test func aLabelCannotDriveTheTerminal() throws {
        let task = try self.tree(
            "{\"id\":\"x\",\"state\":\"running\",\"age_ms\":1290,\"label\":\"a\u{9B}2J\u{202E}b\"}"
        )
        let table = TasksCommand.table([task], on: Self.screen)
        #expect(table.contains(#"1.2 s"#))
        #expect(table.contains(#"a\u{9b}2J\u{202e}b"#))
    }

    @Test func anAgeOutOfRangeIsShown() throws {
        let table = TasksCommand.table([try self.tree(#"{"id":"x","age_ms":1e300}"#)], on: Self.screen)
        #expect(table.contains("1000000000000.0 s"))
    }

    @Test func theFirstDigitsNameATaskWhenNoOtherBeginsWithThem() throws {
        let list = try self.tree(#"{"tasks":[{"id":"ab12"},{"id":"ab34"},{"id":"cd56"}]}"#)
        #expect(try TaskPrefix("c").match(in: list) == "cd56")
        #expect(try TaskPrefix("ab3").match(in: list) == "ab34")
        for (prefix, status, part) in [
            ("ab", ExitStatus.badInput, "2 tasks begin with ab: ab12, ab34;"), ("ef", .failure, "no task ef"),
            ("", .failure, "no task"),
        ] {
            let error = #expect(throws: CommandError.self) { _ = try TaskPrefix(prefix).match(in: list) }
            #expect(error?.status == status && error?.message.contains(part) == true)
        }
        // A whole identifier is not looked for: the service decides.
        let whole = String(repeating: "0", count: 32)
        #expect(try TaskPrefix(whole).match(in: list) == whole)
    }

    @Test func neitherNamesNorValuesOfInfoCanDriveTheTerminal() throws {
        let text = InfoCommand.text(try self.tree("{\"a\u{9B}\":{\"b\":\"\u{2028}\"}}"), on: Self.screen)
        #expect(text == #"a\u{9b}.b  \u{2028}"# + "\n")
    }
}
