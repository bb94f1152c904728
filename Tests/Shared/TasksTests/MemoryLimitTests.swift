import Tasks
import Testing

@Suite struct MemoryLimitTests {
    private let limits = TaskLimits(memory: 100, memoryCeiling: 220, cpu: .zero, output: 0, log: 0)

    @Test(arguments: [
        (TaskDialect.n8n, 0, 100, "TERRARIUM_MEMORY_LIMIT"), (.n8n, 1, 112, "TERRARIUM_MEMORY_LIMIT"),
        (.n8n, 9, 208, "TERRARIUM_MEMORY_LIMIT"), (.n8n, 10, 220, "TERRARIUM_MEMORY_CEILING"),
        (.n8n, 1000, 220, "TERRARIUM_MEMORY_CEILING"), (.native, 1000, 100, "TERRARIUM_MEMORY_LIMIT"),
    ])
    func theLimitOfN8NsTasksGrowsUpToItsCeiling(dialect: TaskDialect, bytes: Int, limit: Int, setting: String) {
        #expect(self.limits.memory(of: dialect, bytes: bytes) == MemoryLimit(bytes: limit, setting: setting))
    }

    @Test func aCeilingBelowTheLimitLetsNothingGrow() {
        let limits = TaskLimits(memory: 100, memoryCeiling: 50, cpu: .zero, output: 0, log: 0)
        #expect(limits.memoryCeiling == 100)
        #expect(limits.memory(of: .n8n, bytes: 10).bytes == 100)
        #expect(TaskLimits(memory: 100, cpu: .zero, output: 0, log: 0).memory(of: .n8n, bytes: 10).bytes == 100)
    }

    @Test func codeAndItemsOfATaskCount() {
        let task = PythonTask(code: Array("abc".utf8)[...], items: TaskItems(Array("[{}]".utf8)[...]), dialect: .n8n)
        #expect(self.limits.memory(for: task).bytes == 100 + 12 * 7)
    }
}
