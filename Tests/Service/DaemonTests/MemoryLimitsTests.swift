import Settings
import Tasks
import Testing

@testable import Daemon

/// What is kept for one user under the settings.
@Suite struct MemoryLimitsTests {
    @Test func theDefaultIsOneLargestBodyAndTheAnswersOfAllSlots() throws {
        let limits = try MemoryAccount.Limits(ServiceSettings())
        #expect(limits.answer == (64 << 20) + (18 << 20))
        #expect(limits.perUser == (1 << 30) + 7 * limits.answer)
    }

    @Test func aBoundWithoutRoomForOneAnswerIsRefused() throws {
        var settings = ServiceSettings()
        settings.outputLimit = 4 << 20
        settings.logLimit = 0
        settings.memoryPerUser = 5 << 20
        #expect(try MemoryAccount.Limits(settings) == .init(perUser: 5 << 20, answer: 4 << 20))
        settings.memoryPerUser = (5 << 20) - 1
        let error = #expect(throws: ServiceStartError.self) { try MemoryAccount.Limits(settings) }
        #expect(error?.exit == .badConfiguration)
        for name in ["MEMORY_PER_USER", "OUTPUT_LIMIT", "LOG_LIMIT"] {
            #expect(error?.message.contains("TERRARIUM_\(name)") == true, "\(name)")
        }
    }

    @Test func theLargestSettingsDoNotOverflow() throws {
        var settings = ServiceSettings()
        settings.outputLimit = 2 << 30
        settings.logLimit = 1 << 30
        settings.maximumConcurrency = 1000
        #expect(try MemoryAccount.Limits(settings).perUser > 1 << 43)
    }
}
