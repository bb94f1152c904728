import CPython

/// The cyclic garbage collector, as the runner steers it.
@safe
final class GarbageCollector {
    private let freezeFunction: PythonReference

    init() throws(PythonException) {
        self.freezeFunction = try PythonReference.importing("gc").attribute("freeze")
    }

    /// Moves everything there is out of the collector's sight, so that it is neither visited nor, in a forked process,
    /// copied.
    func freeze() throws(PythonException) {
        _ = try self.freezeFunction.call()
    }

    /// Runs `body` without collections: while many objects are made and none becomes garbage, they only cost time.
    func suspended(_ body: () -> Void) {
        _ = PyGC_Disable()
        defer { _ = PyGC_Enable() }
        body()
    }
}

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

    /// Lifts the limit until ``restore()``.
    func lift() {
        _ = try? self.setter.call(self.none)
    }

    /// Puts the limit back.
    func restore() {
        _ = try? self.setter.call(self.usual)
    }
}

/// What has to happen around fork() for the interpreter to be whole in the child.
@safe
final class ForkHooks {
    private var reseeders: [PyPointer] = unsafe []

    /// Remembers the random generators that are loaded and do not notice a fork by themselves. `random` does.
    func findGenerators() throws(PythonException) {
        guard let modules = unsafe PyImport_GetModuleDict(),
            let numpy = unsafe PyDict_GetItemString(modules, "numpy.random")
        else { return }
        let module = unsafe PythonReference(borrowing: numpy)
        // Never given back: they are needed as long as the process lives.
        unsafe self.reseeders = unsafe [try module.attribute("seed").release()]
    }

    /// Before fork(), in the parent.
    func prepare() {
        PyOS_BeforeFork()
    }

    /// After fork(), in the parent, whether it succeeded or not.
    func resumeParent() {
        PyOS_AfterFork_Parent()
    }

    /// After fork(), in the child: new locks, and random numbers nobody else draws.
    func resumeChild() throws(PythonException) {
        PyOS_AfterFork_Child()
        for index in unsafe self.reseeders.indices {
            let seed = unsafe self.reseeders[index]
            _ = unsafe try PythonReference(checking: PyObject_CallNoArgs(seed))
        }
    }
}
