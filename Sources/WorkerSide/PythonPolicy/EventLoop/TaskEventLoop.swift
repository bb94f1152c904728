import CPython
import PythonRuntime

/// The event loop that `asyncio` uses in a task: timers, tasks, queues and threads, without sockets.
///
/// CPython's own loop needs an epoll descriptor and a pair of sockets, which a worker does not get. `BaseEventLoop` has
/// everything that coroutines need, except for the waiting. Here it waits on a `threading.Event`, which other threads
/// set to wake it. Starting a connection, a server or a program through it raises `NotImplementedError` or the error of
/// the sandbox.
///
/// The loop becomes the default as soon as `asyncio` is imported, by a task or by a library that runs coroutines. It is
/// library code: it runs with the interpreter's own built-ins, and refers to nothing that a task could not reach
/// through `asyncio`.
enum TaskEventLoop {
    /// Whether the loop has been installed, or installing it has failed.
    // Safety: read and written only by threads that hold the interpreter lock.
    nonisolated(unsafe) private static var isDone = false

    /// Whether `asyncio` is being imported by this type.
    // Safety: read and written only by threads that hold the interpreter lock.
    nonisolated(unsafe) private static var isPreparing = false

    private static let source: StaticString = """
        import threading
        from asyncio import base_events, events


        class Waiter:
            def __init__(self):
                self.event = threading.Event()

            def select(self, timeout=None):
                if timeout is None or timeout > 0:
                    self.event.wait(timeout)
                self.event.clear()
                return ()


        class TaskEventLoop(base_events.BaseEventLoop):
            def __init__(self):
                super().__init__()
                self._selector = Waiter()

            def _process_events(self, ready):
                pass

            def _write_to_self(self):
                self._selector.event.set()


        base = getattr(events, "_BaseDefaultEventLoopPolicy", None) or events.BaseDefaultEventLoopPolicy


        class TaskEventLoopPolicy(base):
            _loop_factory = TaskEventLoop


        set_policy = getattr(events, "_set_event_loop_policy", None) or events.set_event_loop_policy
        set_policy(TaskEventLoopPolicy())

        """

    /// Imports `asyncio` as a whole when its first module is about to be imported, so that the loop is in place before
    /// code of the importer can make one. The import system then finds the module loaded. An error is dropped here,
    /// because the import system meets it again.
    ///
    /// - Parameters:
    ///   - name: The name of the module that is about to be imported.
    ///   - context: The shared state of the policy.
    static func prepare(forImportOf name: BorrowedReference?, _ context: PolicyContext) {
        guard unsafe !Self.isDone && !Self.isPreparing, let name, name.isString,
            let text = try? PythonText.string(name), text == "asyncio" || text.hasPrefix("asyncio."),
            context.loadedModule("asyncio") == nil, let title = try? PythonText.interned("asyncio")
        else { return }
        unsafe Self.isPreparing = true
        defer { unsafe Self.isPreparing = false }
        // This function, unlike PyImport_Import(), does not call the `__import__` of the innermost frame.
        guard let module = unsafe PyImport_ImportModuleLevelObject(title.pointer, nil, nil, nil, 0) else {
            return PyErr_Clear()
        }
        unsafe CPython_XDECREF(module)
        Self.install(context)
    }

    /// Makes the loop the default if `asyncio` has been imported. If that fails, CPython's own loop remains, which does
    /// not work in a worker.
    static func install(_ context: PolicyContext) {
        guard unsafe !Self.isDone, context.loadedModule("asyncio.base_events") != nil,
            context.loadedModule("asyncio.runners") != nil
        else { return }
        unsafe Self.isDone = true
        do {
            let name: StaticString = "<asyncio in a task>"
            let code = unsafe try PythonReference(
                checking: Py_CompileStringExFlags(Self.source.cString, name.cString, Py_file_input, nil, -1)
            )
            let namespace = try PythonReference.dictionary()
            try namespace.setEntry("__builtins__", context.realBuiltins.object.owned)
            try namespace.setEntry("__name__", try PythonText.interned("asyncio"))
            _ = unsafe try PythonReference(
                checking: PyEval_EvalCode(code.pointer, namespace.pointer, namespace.pointer)
            )
        } catch {
            assertionFailure("the event loop: \(ExceptionText.summary(of: error))")
        }
    }
}
