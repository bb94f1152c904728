import CPython

/// CPython's limit on the digits of an integer that is read or written in decimal.
///
/// It protects against quadratic time, which a task's own limits bound as well. Items and results keep integers of any
/// size, while the author's own `int()` and `str()` behave as everywhere.
@safe
final class DigitLimit {
    private let setter: PythonReference
    private let usual: PythonReference
    private let none: PythonReference

    init() throws(PythonException) {
        let sys = try PythonReference.importing("sys")
        self.setter = try sys.attribute("set_int_max_str_digits")
        self.usual = try sys.attribute("get_int_max_str_digits").call()
        self.none = unsafe try PythonReference(checking: PyLong_FromLong(0))
    }

    /// Runs `body`, a single conversion, without the limit.
    func lifted(_ body: () -> PyPointer?) -> PyPointer? {
        _ = try? self.setter.call(self.none)
        let result = unsafe body()
        // What went wrong stays pending while the limit is put back.
        let failure = unsafe result == nil ? PythonException.takePending() : nil
        _ = try? self.setter.call(self.usual)
        failure?.restore()
        return unsafe result
    }
}
