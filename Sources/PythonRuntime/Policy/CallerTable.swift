import CPython

/// Who asks: library code is recognised by the file its code object names, a task's by its built-ins.
@safe
struct CallerTable {
    private let roots: [String]

    init(libraryRoots: [String]) {
        self.roots = libraryRoots.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }
}
