import CPython
import PythonRuntime

/// The `ImportError`s of the policy. They carry the module's name, as CPython's own do.
enum ImportFailure {
    static func make(_ message: String, name: String?, isMissing: Bool = false) -> PythonException {
        do throws(PythonException) {
            let text = try PythonText.make(message)
            let title = try name.map { (name) throws(PythonException) in try PythonText.make(name) } ?? .none
            let type: ExceptionClass = isMissing ? .moduleNotFoundError : .importError
            unsafe PyErr_SetImportErrorSubclass(
                type.object.pointer,
                text.pointer,
                title.pointer,
                CPython_None()
            )
            return PythonException.takePending()
        } catch {
            return error
        }
    }

    /// For a missing module that the operator's lists allow, an exception that says how to install it. Any other
    /// exception is returned unchanged.
    static func explained(
        _ exception: PythonException,
        importing name: String,
        _ rules: ImportRules
    ) -> PythonException {
        let top = String(name.prefix { $0 != "." })
        guard exception.matches(.moduleNotFoundError), let missing = try? exception.instance.attribute("name"),
            (try? PythonText.string(missing)) == top
        else { return exception }
        let remedy =
            rules.isStandard(name)
            ? "this Python was built without it"
            : "an administrator can install it into a folder of TERRARIUM_SITE_PACKAGES"
        return Self.make(
            "No module named '\(top)': \(rules.list(for: name).setting) allows it, but it is not installed; \(remedy)",
            name: top,
            isMissing: true
        )
    }
}
