import CPython

/// The steps before and after fork() that keep the interpreter working in the child, and give the child its own random
/// numbers. `Interpreter` owns the one instance.
final class ForkHooks {
    /// Reseeds numpy's global generator; nil if numpy is not loaded.
    private var reseedNumpy: PythonReference?

    /// Finds loaded random generators that are not reseeded in a forked child. The module `random` reseeds itself.
    func findGenerators() throws(PythonException) {
        guard let modules = unsafe BorrowedReference(PyImport_GetModuleDict()),
            let module = unsafe DictionaryObject(unchecked: modules)["numpy.random"]
        else { return }
        self.reseedNumpy = try module.attribute("seed")
    }

    /// Must be called before fork(), in the parent.
    func prepare() {
        PyOS_BeforeFork()
    }

    /// Must be called after fork(), in the parent, whether it succeeded or not.
    func resumeParent() {
        PyOS_AfterFork_Parent()
    }

    /// Must be called after fork(), in the child. Makes new locks, and reseeds the generators.
    func resumeChild() throws(PythonException) {
        PyOS_AfterFork_Child()
        try self.reseedNumpy?.call()
    }
}
