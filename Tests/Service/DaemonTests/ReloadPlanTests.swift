import Settings
import Testing

@testable import Daemon

private func load(_ environment: [String: String] = [:], file: String? = nil) throws -> LoadedSettings {
    try LoadedSettings(environment: environment, file: file.map { ("runner.conf", $0) }) { _ in "" }
}

@Suite struct ReloadPlanTests {
    @Test func nothingChangedMeansNothingToDo() throws {
        let loaded = try load(file: "TERRARIUM_QUEUE_LIMIT=7")
        let plan = ReloadPlan(loaded, file: loaded, inForce: loaded.settings)
        #expect(plan.applied.isEmpty && plan.pending.isEmpty && plan.overriding.isEmpty)
        #expect(plan.settings == loaded.settings)
    }

    @Test func whatCanChangeChangesAndTheRestWaitsForARestart() throws {
        let old = try load()
        let new = try load(file: "TERRARIUM_STDLIB_ALLOW=json\nTERRARIUM_TASK_TIMEOUT=5\nTERRARIUM_MAX_CONCURRENCY=9")
        let plan = ReloadPlan(new, file: new, inForce: old.settings)
        #expect(plan.applied == ["TERRARIUM_STDLIB_ALLOW", "TERRARIUM_TASK_TIMEOUT"])
        #expect(plan.pending == ["TERRARIUM_MAX_CONCURRENCY"])
        #expect(plan.settings.standardLibraryAllow == ["json"])
        #expect(plan.settings.taskTimeout == .seconds(5))
        // What waits for a restart is not in force, and so is named at the next reload as well.
        #expect(plan.settings.maximumConcurrency == old.settings.maximumConcurrency)
    }

    @Test func whatTheEnvironmentPinsIsNamed() throws {
        let text = "TERRARIUM_QUEUE_LIMIT=7"
        let loaded = try load(["TERRARIUM_QUEUE_LIMIT": "5", "TERRARIUM_LOG_LEVEL": "debug"], file: text)
        let plan = ReloadPlan(loaded, file: try load(file: text), inForce: loaded.settings)
        #expect(plan.overriding == ["TERRARIUM_QUEUE_LIMIT"])
        #expect(plan.applied.isEmpty)
    }
}
