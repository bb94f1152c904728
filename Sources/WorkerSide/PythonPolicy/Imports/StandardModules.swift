import CPython
import PythonRuntime

/// Collects the top-level names of the standard library's modules.
///
/// `sys.stdlib_module_names` leaves out the modules that test CPython itself, such as `_testcapi`, and what a distribution
/// adds. They are installed in the same folders, and must not count as packages of the operator.
enum StandardModules {
    /// - Parameter folders: The folders of the standard library.
    /// - Returns: The names that the interpreter lists, and those of the files and packages in the folders.
    /// - Throws: What CPython raised.
    static func names(in folders: [String]) throws(PythonException) -> Set<String> {
        var names = Set<String>()
        for attribute: StaticString in ["stdlib_module_names", "builtin_module_names"] {
            guard let listed = unsafe BorrowedReference(PySys_GetObject(attribute.cString)) else { continue }
            try Self.forEach(of: listed.owned) { names.insert($0) }
        }
        // `posix` is always loaded, unlike `os`.
        let list = try PythonReference.importing("posix").attribute("listdir")
        for folder in folders {
            let entries: PythonReference
            do throws(PythonException) {
                entries = try list.call(try PythonText.make(folder))
            } catch  where error.matches(.osError) {
                // The search path also names an archive that is usually absent.
                continue
            }
            try Self.forEach(of: entries) { entry in
                let name = String(entry.prefix { $0 != "." })
                // Other entries, such as `site-packages`, are no names of modules.
                if name != "__pycache__", !name.isEmpty, !name.contains("-") { names.insert(name) }
            }
        }
        return names
    }

    private static func forEach(
        of names: borrowing PythonReference,
        _ body: (String) -> Void
    ) throws(PythonException) {
        let iterator = unsafe try PythonReference(checking: PyObject_GetIter(names.pointer))
        while let next = unsafe PyIter_Next(iterator.pointer) {
            body(try PythonText.string(unsafe PythonReference(owning: next)))
        }
    }
}
