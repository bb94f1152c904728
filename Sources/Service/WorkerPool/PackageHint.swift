/// Guesses whether code imports packages by searching it for the name of a preloaded package as a whole word. Used by
/// ``WorkerPoolRouter``.
///
/// A wrong guess costs time only: a package that is not preloaded is imported when the task runs.
struct PackageHint: Sendable {
    private let names: [[UInt8]]

    /// The number of bytes at the beginning of the code that are searched. Imports are usually there.
    private static let reach = 64 * 1024

    init(_ names: Set<String>) {
        self.names = names.map { Array($0.utf8) }.filter { !$0.isEmpty }
    }

    /// Whether no package is preloaded.
    var isEmpty: Bool { self.names.isEmpty }

    func matches(_ code: ArraySlice<UInt8>) -> Bool {
        guard !self.names.isEmpty else { return false }
        var isInWord = false
        var rest = code.prefix(Self.reach)
        while let byte = rest.first {
            if !isInWord, self.names.contains(where: { Self.begins(rest, with: $0) }) { return true }
            isInWord = Self.isPartOfWord(byte)
            rest = rest.dropFirst()
        }
        return false
    }

    private static func begins(_ text: ArraySlice<UInt8>, with name: [UInt8]) -> Bool {
        guard text.starts(with: name) else { return false }
        return text.dropFirst(name.count).first.map { !self.isPartOfWord($0) } ?? true
    }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default:
            false
        }
    }
}
