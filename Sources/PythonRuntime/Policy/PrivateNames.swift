import CPython

/// The private names of the classes that a task's code defines: `__name` in the class `Kind` is `_Kind__name` to the
/// compiler, and the code may use it wherever it likes.
@safe
struct PrivateNames {
    /// The names of the classes, without leading underscores.
    private var classes: Set<String> = []
    /// The lengths of those, in bytes: only parts of a name of one of these lengths are looked up.
    private var lengths: Set<Int> = []
    /// By the address of a name, which is interned and which the code keeps alive.
    private var verdicts: [UnsafeRawPointer: Bool] = unsafe [:]

    /// Reads the classes from a code object and every one nested in it.
    init(definedIn code: PyPointer) throws(PythonException) {
        unsafe try self.collect(code)
    }

    /// Whether a name has the form that the compiler gives the private names of a class.
    static func hasForm(_ name: PyPointer) -> Bool {
        let length = unsafe CPython_Unicode_LENGTH(name)
        guard length > 4, unsafe CPython_Unicode_READ(name, 0) == 0x5F, unsafe CPython_Unicode_READ(name, 1) != 0x5F
        else {
            return false
        }
        // Names in sunder or dunder form at their end are never mangled.
        guard unsafe CPython_Unicode_READ(name, length - 1) != 0x5F || CPython_Unicode_READ(name, length - 2) != 0x5F
        else {
            return false
        }
        for index in 2..<(length - 2)
        where unsafe CPython_Unicode_READ(name, index) == 0x5F && CPython_Unicode_READ(name, index + 1) == 0x5F {
            return true
        }
        return false
    }

    /// Whether a name of that form belongs to one of the classes.
    mutating func isOwn(_ name: PyPointer) throws(PythonException) -> Bool {
        if let known = unsafe self.verdicts[UnsafeRawPointer(name)] { return known }
        let isOwn = self.belongsToClass(Array(unsafe try PythonText.string(name).utf8))
        unsafe self.verdicts[UnsafeRawPointer(name)] = isOwn
        return isOwn
    }

    /// Whether the text from the second character to any pair of underscores is the name of a class.
    private func belongsToClass(_ name: [UInt8]) -> Bool {
        var end = 2
        while end + 1 < name.count {
            if name[end] == 0x5F, name[end + 1] == 0x5F, self.lengths.contains(end - 1),
                self.classes.contains(String(decoding: name[1..<end], as: UTF8.self))
            {
                return true
            }
            end += 1
        }
        return false
    }

    private mutating func collect(_ code: PyPointer) throws(PythonException) {
        let object = unsafe UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyCodeObject.self)
        guard let constants = unsafe object.pointee.co_consts, let name = unsafe object.pointee.co_name else { return }
        // Of all nested code, only the bodies of classes keep their variables in a dictionary.
        if unsafe object.pointee.co_flags & CO_OPTIMIZED == 0 {
            let text = unsafe try PythonText.string(name).drop { $0 == "_" }
            if !text.isEmpty {
                self.classes.insert(String(text))
                self.lengths.insert(text.utf8.count)
            }
        }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(constants) {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            if unsafe CPython_Code_Check(constant) != 0 { unsafe try self.collect(constant) }
        }
    }
}
