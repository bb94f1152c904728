import Linux
import Synchronization
import TestSupport
import Testing

@Suite struct WorkQueueTests {
    private final class Words: Sendable {
        private let words = Mutex<[String]>([])
        var all: [String] { self.words.withLock(\.self) }
        func add(_ word: String) { self.words.withLock { $0.append(word) } }
    }

    @Test func workWaitsForAThreadAndRunsInItsOrder() {
        let (words, threads) = (Words(), HeldThreads())
        let queue = threads.queue
        for number in 1...5 { queue.run { words.add("\(number)") } }
        #expect(words.all.isEmpty)
        threads.run()
        #expect(words.all == ["1", "2", "3", "4", "5"])
        // The threads have ended: further work starts another one.
        queue.run { words.add("6") }
        #expect(threads.count == 1)
        threads.run()
        #expect(words.all.last == "6")
    }

    @Test func thereAreNoMoreThreadsThanTheMaximum() {
        let started = Mutex(0)
        let queue = WorkQueue(maximumThreads: 2) { _ throws(SystemError) in started.withLock { $0 += 1 } }
        for _ in 1...5 { queue.run {} }
        #expect(started.withLock(\.self) == 2)
    }

    @Test func withoutAThreadTheWorkRunsOnTheCallersAndIsNotLost() {
        let words = Words()
        let queue = WorkQueue { _ throws(SystemError) in throw SystemError("pthread_create", 11) }
        queue.run {
            words.add("first")
            // Work that comes meanwhile is run by the same thread afterwards.
            queue.run { words.add("second") }
            words.add("end of the first")
        }
        #expect(words.all == ["first", "end of the first", "second"])
    }

    @Test func realThreadsRunAll() async {
        let queue = WorkQueue()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask { await withCheckedContinuation { continuation in queue.run { continuation.resume() } } }
            }
        }
    }
}
