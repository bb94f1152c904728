import Settings
import Testing

@testable import Daemon

/// How the descriptors of the process are divided among workers, listeners and files.
@Suite struct DescriptorBudgetTests {
    /// What workers may hold in two pools: a socket, its other end and a process descriptor each.
    private static func workers(_ settings: ServiceSettings) -> Int {
        2 * 3 * (settings.maximumConcurrency + (settings.warmWorkers ?? settings.maximumConcurrency))
    }

    @Test(arguments: [200, 256, 1024, 4096], [1, 5, 8]) func connectionsLeaveTheReserve(limit: Int, concurrency: Int) {
        var settings = ServiceSettings()
        settings.maximumConcurrency = concurrency
        settings.healthCheckServerEnabled = true
        let budget = DescriptorBudget(settings, limit: limit)
        #expect(budget.connections + budget.rejections + Self.workers(settings) + 40 + 36 < limit)
        // The control: the rest is used.
        #expect(budget.connections + budget.rejections + Self.workers(settings) + 40 + 36 > min(limit, 1200) - 120)
    }

    @Test func moreDescriptorsThanConnectionsAreOfUseAreLeftAlone() {
        let settings = ServiceSettings()
        let budget = DescriptorBudget(settings, limit: 1 << 20)
        #expect(budget.connections == 1024 + 2 * (5 + 100))
        #expect(budget.rejections == 64)
        #expect(DescriptorBudget(settings, limit: 1 << 19).connections == budget.connections)
    }

    @Test(arguments: [0, 24, 100]) func whereThereAreTooFewForTheWorkersTheAPIStillAcceptsSome(limit: Int) {
        let budget = DescriptorBudget(ServiceSettings(), limit: limit)
        #expect(budget.connections == 8)
        #expect(budget.rejections == 2)
        #expect(budget.warmWorkers * 6 + 10 <= max(limit, 10), "idle workers leave the API its part")
    }

    @Test func theUsualLimitAllowsMoreWarmWorkersThanAreStarted() {
        #expect(DescriptorBudget(ServiceSettings(), limit: 1024).warmWorkers > 100)
    }

    @Test func theHealthPortTakesItsPart() {
        var settings = ServiceSettings()
        let without = DescriptorBudget(settings, limit: 300)
        settings.healthCheckServerEnabled = true
        let with = DescriptorBudget(settings, limit: 300)
        #expect(without.connections + without.rejections - with.connections - with.rejections == 40)
    }
}
