import CPython

/// Values by Python object, told apart by identity.
///
/// The table owns a reference to every object in it, and never gives it back: an address says which object is meant only
/// as long as that object lives. Afterwards it may be the address of another one.
@safe
struct IdentityTable<Value> {
    private var values: [UnsafeMutablePointer<PyObject>: Value] = unsafe [:]

    init() {}

    var count: Int { unsafe self.values.count }

    /// The value for an object, which need not be in the table.
    subscript(object: PyPointer) -> Value? {
        unsafe self.values[object]
    }

    /// Sets the value for an object, which is kept alive from here on.
    mutating func set(_ value: Value, for object: PyPointer) {
        if unsafe self.values.updateValue(value, forKey: object) == nil { unsafe CPython_INCREF(object) }
    }

    /// The first value whose object satisfies `predicate`, in no particular order.
    func first(where predicate: (PyPointer) -> Bool) -> Value? {
        unsafe self.values.first { unsafe predicate($0.key) }?.value
    }
}
