import CPython

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
