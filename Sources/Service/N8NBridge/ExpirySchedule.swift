/// The offers ordered by expiry: a binary heap with the earliest expiry first. Owned by ``OfferBook``.
struct ExpirySchedule {
    typealias Entry = (end: ContinuousClock.Instant, id: String)

    private var entries: [Entry] = []

    /// The entry that expires first.
    var first: Entry? { self.entries.first }
    var count: Int { self.entries.count }

    mutating func insert(_ entry: Entry) {
        self.entries.append(entry)
        var child = self.entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.entries[child].end < self.entries[parent].end else { return }
            self.entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes all entries for which `isKept` returns false.
    mutating func removeAll(but isKept: (Entry) -> Bool) {
        let kept = self.entries.filter(isKept)
        self.entries = []
        for entry in kept { self.insert(entry) }
    }

    mutating func removeFirst() -> Entry? {
        guard let last = self.entries.popLast() else { return nil }
        guard let first = self.entries.first else { return last }
        self.entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.entries.count {
                if self.entries[child].end < self.entries[least].end { least = child }
            }
            guard least != parent else { return first }
            self.entries.swapAt(parent, least)
            parent = least
        }
    }
}
