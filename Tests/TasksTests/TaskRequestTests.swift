import Tasks
import Testing

@Suite struct TaskRequestTests {
    @Test func lettingGoOfTheItemsIsForAllCopiesOfARequest() {
        let request = TaskRequest(code: [1], items: [0x5B, 0x7B, 0x7D, 0x5D])
        let copy = request
        var other = request
        other.items = [0x5B, 0x5D]
        #expect(Array(copy.items) == [0x5B, 0x7B, 0x7D, 0x5D])
        request.releaseItems()
        #expect(copy.items.isEmpty)
        #expect(copy.code == [1])
        // Items of its own are its own.
        #expect(Array(other.items) == [0x5B, 0x5D])
    }
}
