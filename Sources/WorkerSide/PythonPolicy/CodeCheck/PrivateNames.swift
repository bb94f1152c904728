import CPython
import PythonRuntime

/// The private names of the classes that a task's code defines. The compiler turns `__name` in the class `Kind` into
/// `_Kind__name`, and a task's code may use that mangled name anywhere.
///
/// ``StaticCheck`` makes it for one code object, which must live longer than this value.
struct PrivateNames {
    private static let underscore: UInt8 = 0x5F

    /// The names of the classes, without leading underscores.
    private var classes: Set<String> = []
    /// The lengths of the class names, in bytes. A part of a name is looked up only if a class name has its length.
    private var lengths: Set<Int> = []
    /// Earlier results by name. The names are interned strings, which the code object keeps alive.
    private var known: [BorrowedReference: Bool] = [:]

    /// Reads the classes from a code object and every one nested in it.
    init(definedIn code: CodeObject) throws(PythonException) {
        try self.collect(code)
    }

    /// Whether a name has the form of a mangled private name, such as `_Kind__name`.
    static func hasForm(_ name: BorrowedReference) -> Bool {
        guard let text = StringObject(name) else { return false }
        let underscore = UInt32(Self.underscore)
        let length = text.count
        guard length > 4, text[0] == underscore, text[1] != underscore else { return false }
        // The compiler leaves names that end with two underscores as they are.
        guard text[length - 1] != underscore || text[length - 2] != underscore else { return false }
        return (2..<(length - 2)).contains { text[$0] == underscore && text[$0 + 1] == underscore }
    }

    /// Whether a mangled private name belongs to one of the classes.
    mutating func isOwn(_ name: BorrowedReference) throws(PythonException) -> Bool {
        if let known = self.known[name] { return known }
        let isOwn = self.belongsToClass(Array(try PythonText.string(name).utf8))
        self.known[name] = isOwn
        return isOwn
    }

    /// Whether the text between the leading underscore and any later pair of underscores is the name of a class.
    private func belongsToClass(_ name: [UInt8]) -> Bool {
        var end = 2
        while end + 1 < name.count {
            if name[end] == Self.underscore, name[end + 1] == Self.underscore, self.lengths.contains(end - 1),
                self.classes.contains(String(decoding: name[1..<end], as: UTF8.self))
            {
                return true
            }
            end += 1
        }
        return false
    }

    private mutating func collect(_ code: CodeObject) throws(PythonException) {
        // Among nested code objects, only class bodies keep their variables in a namespace.
        if code.usesNamespace {
            let text = try PythonText.string(code.name).drop { $0 == "_" }
            if !text.isEmpty {
                self.classes.insert(String(text))
                self.lengths.insert(text.utf8.count)
            }
        }
        for nested in code.nested { try self.collect(nested) }
    }
}
