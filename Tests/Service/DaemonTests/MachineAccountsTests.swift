import Glibc
import Settings
import Tasks
import Testing

@testable import Daemon

@Suite struct MachineAccountsTests {
    @Test func usersAndGroupsAreLookedUp() throws {
        #expect(try MachineAccounts.user("root") == WorkerIdentity(uid: 0, gid: 0))
        #expect(try MachineAccounts.group("root") == 0)
        #expect(try MachineAccounts.user("no-such-user") == nil)
        #expect(try MachineAccounts.group("no-such-group") == nil)
    }

    @Test func anIdentityIsTakenAsItIs() throws {
        let identity = WorkerIdentity(uid: 1234, gid: 5678)
        #expect(try MachineAccounts.workerIdentity(.identity(identity)) == identity)
    }

    @Test func automaticIsTheWorkersUserOrAnIdentityThatNoAccountHas() throws {
        let account = try MachineAccounts.user("terrarium-worker")
        #expect(
            try MachineAccounts.workerIdentity(.automatic) == account ?? WorkerIdentity(uid: 64999, gid: 64999)
        )
    }

    @Test func aNamedUserIsLookedUpWithItsGroup() throws {
        // A system account of every distribution that is neither root nor nobody.
        let daemon = try #require(try MachineAccounts.user("daemon"))
        #expect(try MachineAccounts.workerIdentity(.name("daemon")) == daemon)
    }

    @Test(
        arguments: [
            ("no-such-user", "this machine has no user of that name"),
            ("root", "workers must not run as root or nobody; name another user"),
            ("nobody", "workers must not run as root or nobody; name another user"),
        ]
    )
    func aUserThatWorkersMustNotBeIsBadConfiguration(name: String, reason: String) throws {
        let error = #expect(throws: ServiceStartError.self) { try MachineAccounts.workerIdentity(.name(name)) }
        #expect(error?.exit == .badConfiguration)
        #expect(error?.message == "TERRARIUM_WORKER_USER=\"\(name)\": \(reason)")
    }

    @Test func rootAndMembersMayChangeTheGroupOfTheirFiles() {
        #expect(MachineAccounts.mayChangeFiles(toGroup: 7, user: 0, groups: []))
        #expect(MachineAccounts.mayChangeFiles(toGroup: 7, user: 1000, groups: [1000, 7]))
        #expect(!MachineAccounts.mayChangeFiles(toGroup: 7, user: 1000, groups: [1000, 8]))
    }

    @Test func theGroupsOfThisProcessIncludeTheEffectiveOne() {
        #expect(MachineAccounts.ownGroups().first == getegid())
        #expect(MachineAccounts.ownGroups().count == Int(getgroups(0, nil)) + 1 || getgroups(0, nil) == 0)
    }
}
