import Tasks
import TestSupport
import Testing

@testable import Dispatcher

@Suite struct UserQueueTests {
    /// Random calls, against an array that is searched for every one of them.
    @Test(arguments: [1, 2, 3] as [UInt64]) func theOrderIsThatOfAPlainArray(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = UserQueue()
        var expected: [TaskID] = []
        var waiting: Set<TaskID> = []
        for _ in 0..<5000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let id = TaskID(using: &generator)
                queue.append(id)
                expected.append(id)
                waiting.insert(id)
            case 5..<8 where !expected.isEmpty:
                let id = expected.remove(at: Int.random(in: 0..<expected.count, using: &generator))
                waiting.remove(id)
                queue.cancelledOne { waiting.contains($0) }
            default:
                let id = queue.popFirst { waiting.contains($0) }
                #expect(id == expected.first)
                if let id {
                    expected.removeFirst()
                    waiting.remove(id)
                }
            }
            #expect(queue.waitingCount == expected.count)
            #expect(queue.isEmpty == expected.isEmpty)
        }
        while let id = queue.popFirst(where: { waiting.contains($0) }) { #expect(id == expected.removeFirst()) }
        #expect(expected.isEmpty)
    }

    /// A client that submits and cancels behind a task that runs for long must not fill the memory.
    @Test func cancelledTasksDoNotPileUp() {
        var generator = SeededGenerator(seed: 4)
        var queue = UserQueue()
        var waiting: Set<TaskID> = []
        func submit() -> TaskID {
            let id = TaskID(using: &generator)
            queue.append(id)
            waiting.insert(id)
            return id
        }
        let kept = [submit(), submit(), submit()]
        var largest = 0
        for _ in 0..<10_000 {
            waiting.remove(submit())
            queue.cancelledOne { waiting.contains($0) }
            largest = max(largest, queue.storedCount)
        }
        #expect(largest <= 2 * kept.count + 16)
        // The control: stale identifiers are kept for a while.
        #expect(largest > kept.count + 1)
        #expect(kept.map { _ in queue.popFirst { waiting.contains($0) } } == kept)
    }
}
