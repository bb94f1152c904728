import CPython

/// Lifts CPython's limit on the number of digits in conversions between integers and decimal text, while items and
/// results are converted.
///
/// CPython has the limit because such a conversion takes quadratic time. Here a task's time limit bounds it as well.
/// Items and results may have integers of any size; a task's own calls of `int()` and `str()` keep the limit. The
/// decoder and the encoder share one instance.
final class DigitLimit {
    private let setter: PythonReference
    private let usual: PythonReference
    private let none: PythonReference

    init() throws(PythonException) {
        let sys = try PythonReference.importing("sys")
        self.setter = try sys.attribute("set_int_max_str_digits")
        self.usual = try sys.attribute("get_int_max_str_digits").call()
        self.none = try PythonReference.integer(0)
    }

    /// Runs `body`, a single conversion, without the limit.
    func lifted(_ body: () -> PyPointer?) -> PyPointer? {
        _ = try? self.setter.call(self.none)
        let result = unsafe body()
        // The conversion's exception is taken aside while the limit is set again, and restored afterwards.
        let failure = unsafe result == nil ? PythonException.takePending() : nil
        _ = try? self.setter.call(self.usual)
        failure?.restore()
        return unsafe result
    }
}
