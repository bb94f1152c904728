import CPython
import PythonRuntime

/// The name of a guarded attribute, as its number in ``GuardedNames``.
struct GuardedName: Equatable {
    let number: Int
}

/// The names of all guarded attributes, numbered. All names must be known before the first code object is examined,
/// because ``CodeNames`` examines each code object only once.
struct GuardedNames {
    /// The largest number of names. ``CodeNames`` keeps one bit for each in a machine word, beside seven others.
    static let limit = 57

    /// A dict from the name to its number. Lives as long as the process.
    private let numbers: DictionaryObject

    init(_ names: [StaticString]) throws(PythonException) {
        self.numbers = unsafe DictionaryObject(unchecked: try PythonReference.dictionary().leak())
        for name in names where self.numbers[name] == nil {
            precondition(self.numbers.count < Self.limit, "too many guarded names")
            try self.numbers.set(try PythonReference.integer(self.numbers.count), for: name)
        }
    }

    /// The number of a name; nil for any other object. Instances of subclasses of `str` do not count, because a
    /// subclass can override equality.
    func name(of object: BorrowedReference) -> GuardedName? {
        guard object.isExactString, let number = self.numbers[object]?.smallInteger else { return nil }
        return GuardedName(number: number)
    }

    /// The number of a name that is guarded.
    subscript(name: StaticString) -> GuardedName {
        guard let number = self.numbers[name]?.smallInteger else {
            preconditionFailure("\(name) is not a guarded name")
        }
        return GuardedName(number: number)
    }
}
