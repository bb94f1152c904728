import CPython
import PythonRuntime

/// The arguments of a call of `__import__`, positional or by name. Borrowed from the call.
struct ImportCall {
    /// The argument as given; it may be any object.
    let name: BorrowedReference
    /// The names of a `from` import; nil if the argument is None or missing.
    let fromList: BorrowedReference?
    let level: Int
    /// Whether the call has the form of an `import` statement: all five arguments, by position.
    let isStatement: Bool

    @unsafe
    init(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ keywords: PyPointer?
    ) throws(PythonException) {
        var values: [BorrowedReference?] = [nil, nil, nil, nil, nil]
        guard count <= 5 else { throw PythonException.make(.typeError, "__import__() takes at most 5 arguments") }
        for index in 0..<count {
            values[index] = unsafe BorrowedReference(arguments?[index] ?? nil)
        }
        let names: [StaticString] = ["name", "globals", "locals", "fromlist", "level"]
        let keywordNames = unsafe BorrowedReference(keywords).flatMap { TupleObject($0) }
        for index in 0..<(keywordNames?.count ?? 0) {
            guard let keyword = keywordNames?[index] else { break }
            guard let position = names.firstIndex(where: { PythonText.equals(keyword, $0) }) else {
                throw PythonException.make(.typeError, "__import__() got an unexpected keyword argument")
            }
            values[position] = unsafe BorrowedReference(arguments?[count + index] ?? nil)
        }
        guard let name = values[0] else {
            throw PythonException.make(.typeError, "__import__() missing required argument 'name'")
        }
        self.name = name
        self.isStatement = count == 5
        self.fromList = values[3].flatMap { $0.isNone ? nil : $0 }
        self.level = try values[4].map { (value) throws(PythonException) in try value.integer() } ?? 0
    }
}
