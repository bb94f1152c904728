import Tasks

/// The items that a worker sent before the result of a task in each-item mode. Owned by ``WorkerStateMachine``. Each
/// part is the text of a JSON array of objects, which was validated before.
struct FinishedItems: Sendable {
    private var parts: [ArraySlice<UInt8>] = []
    private var partCount = 0
    /// The bytes of all parts.
    private(set) var count = 0

    /// By how many bytes the parts and the result together are longer than the joined array. Each part adds one byte:
    /// it has two brackets, and the joined array has one comma instead.
    var extraBytes: Int { self.partCount }

    /// - Parameters:
    ///   - part: The array.
    ///   - isKept: Whether the items become part of the outcome. If not, only their bytes are counted.
    mutating func append(_ part: ArraySlice<UInt8>, isKept: Bool) {
        self.count += part.count
        self.partCount += 1
        if isKept { self.parts.append(part) }
    }

    /// All items that were kept, as one array; nil if no items were kept.
    var all: ArraySlice<UInt8>? { self.parts.isEmpty ? nil : Self.joined(self.parts) }

    /// One array of all items that were kept, followed by those of the result.
    func joined(with result: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        self.parts.isEmpty ? result : Self.joined(self.parts + [result])
    }

    private static func joined(_ arrays: [ArraySlice<UInt8>]) -> ArraySlice<UInt8> {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(arrays.reduce(0) { $0 + $1.count })
        bytes.append(UInt8(ascii: "["))
        for array in arrays {
            let items = Self.inside(array)
            guard !items.isEmpty else { continue }
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: items)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes[...]
    }

    /// The text between the brackets; empty if it has only spaces. Spaces before and after the brackets are skipped,
    /// because an untrusted worker may write some.
    private static func inside(_ array: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let space = UInt8(ascii: " ")
        let trimmed = array.drop { $0 == space }.dropFirst()
        guard let end = trimmed.lastIndex(of: UInt8(ascii: "]")) else { return [] }
        let items = trimmed[..<end]
        return items.allSatisfy { $0 == space } ? [] : items
    }
}

extension PythonTask {
    /// Whether the worker of this task may send items before the result.
    var hasFinishedItems: Bool { self.dialect == .native && self.mode == .eachItem && self.purpose == .run }
}
