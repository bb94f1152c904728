import Tasks
import Testing

@Suite struct TaskItemsTests {
    @Test func releasedItemsAreGoneFromAllCopiesOfATask() {
        let task = PythonTask(code: [1], items: TaskItems([0x5B, 0x7B, 0x7D, 0x5D]))
        let copy = task
        var other = task
        other.items = TaskItems()
        #expect(Array(copy.items.bytes) == [0x5B, 0x7B, 0x7D, 0x5D])
        task.items.release()
        #expect(copy.items.bytes.isEmpty)
        #expect(copy.code == [1])
        // Items of its own are its own.
        #expect(Array(other.items.bytes) == [0x5B, 0x5D])
    }

    @Test func aTaskWithoutItemsHasAnEmptyArray() {
        #expect(Array(PythonTask(code: []).items.bytes) == Array("[]".utf8))
    }
}
