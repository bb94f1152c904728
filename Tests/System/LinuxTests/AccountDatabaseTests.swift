import Linux
import Testing

@Suite struct AccountDatabaseTests {
    @Test func findsUsersAndGroupsByNameAndById() throws {
        let root = try #require(try AccountDatabase.user(named: "root"))
        #expect(root == (0, 0))
        #expect(try AccountDatabase.group(named: "root") == 0)
        #expect(try AccountDatabase.userName(0) == "root")
        #expect(try AccountDatabase.groupName(0) == "root")
    }

    /// A buffer of one byte is too small for every entry (ERANGE), as the usual one is for a group with many members.
    @Test func anEntryLargerThanTheFirstBufferIsFound() throws {
        #expect(try AccountDatabase.user(named: "root", initialSize: 1)?.uid == 0)
        #expect(try AccountDatabase.group(named: "root", initialSize: 1) == 0)
        #expect(try AccountDatabase.userName(0, initialSize: 1) == "root")
        #expect(try AccountDatabase.groupName(0, initialSize: 1) == "root")
    }

    @Test func whatIsNotThereIsNil() throws {
        #expect(try AccountDatabase.user(named: "terrarium-no-such-user") == nil)
        #expect(try AccountDatabase.group(named: "terrarium-no-such-group") == nil)
        #expect(try AccountDatabase.userName(4_294_967_294) == nil)
        #expect(try AccountDatabase.groupName(4_294_967_294) == nil)
    }
}
