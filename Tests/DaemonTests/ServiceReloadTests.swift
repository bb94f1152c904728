import Tasks
import Testing

@testable import Daemon

private func load(_ environment: [String: String] = [:], file: String? = nil) throws -> LoadedSettings {
    try LoadedSettings(environment: environment, file: file.map { ("runner.conf", $0) }) { _ in "" }
}

@Suite struct ServiceReloadTests {
    @Test func nothingChangedMeansNothingToDo() throws {
        let loaded = try load(file: "TERRARIUM_QUEUE_LIMIT=7")
        let plan = ServiceReload.plan(loaded, fromFile: loaded, inForce: loaded.settings)
        #expect(plan == ServiceReload.Plan(settings: loaded.settings))
    }

    @Test func whatCanChangeChangesAndTheRestWaitsForARestart() throws {
        let old = try load()
        let new = try load(file: "TERRARIUM_STDLIB_ALLOW=json\nTERRARIUM_TASK_TIMEOUT=5\nTERRARIUM_MAX_CONCURRENCY=9")
        let plan = ServiceReload.plan(new, fromFile: new, inForce: old.settings)
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
        let plan = ServiceReload.plan(loaded, fromFile: try load(file: text), inForce: loaded.settings)
        #expect(plan.pinned == ["TERRARIUM_QUEUE_LIMIT"])
        #expect(plan.applied.isEmpty)
    }
}
