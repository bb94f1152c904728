import Tasks

/// The items of a task in each-item mode that its worker sent before the result. Owned by ``WorkerStateMachine``. Each part is the
/// text of a checked array of objects.
struct FinishedItems: Sendable {
    private var parts: [ArraySlice<UInt8>] = []
    private var partCount = 0
    /// The bytes of all parts.
    private(set) var count = 0

    /// How many bytes the parts and the result together have more than the whole array: each part has brackets of its own, and
    /// no comma to the next.
    var extraBytes: Int { self.partCount }

    /// - Parameters:
    ///   - part: The array.
    ///   - isKept: Whether it becomes part of the outcome, and not only of the count.
    mutating func append(_ part: ArraySlice<UInt8>, isKept: Bool) {
        self.count += part.count
        self.partCount += 1
        if isKept { self.parts.append(part) }
    }

    /// The items that are kept, as one array; nil for no items.
    var all: ArraySlice<UInt8>? { self.parts.isEmpty ? nil : Self.joined(self.parts) }

    /// The items that are kept and those of the result as one array.
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

    /// What is between the brackets. Spaces may be around them and between them: the worker is not trusted to write none.
    private static func inside(_ array: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let space = UInt8(ascii: " ")
        let trimmed = array.drop { $0 == space }.dropFirst()
        guard let end = trimmed.lastIndex(of: UInt8(ascii: "]")) else { return [] }
        let items = trimmed[..<end]
        return items.allSatisfy { $0 == space } ? [] : items
    }
}

extension PythonTask {
    /// Whether its worker may send items before the result.
    var hasFinishedItems: Bool { self.dialect == .native && self.mode == .eachItem && self.purpose == .run }
}
