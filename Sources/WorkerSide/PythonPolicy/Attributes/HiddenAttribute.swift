import CPython
import PythonRuntime

/// An attribute of a library class whose descriptor is patched, so that only library code may read it. It is an
/// attribute of a C type, a slot (`__slots__`) or a property.
struct HiddenAttribute {
    let module: StaticString
    let type: StaticString
    let attribute: StaticString
    let exemption: AttributeGuard.Exemption

    private init(
        _ module: StaticString,
        _ type: StaticString,
        _ attribute: StaticString,
        _ exemption: AttributeGuard.Exemption = .none
    ) {
        self.module = module
        self.type = type
        self.attribute = attribute
        self.exemption = exemption
    }

    static let all = [
        HiddenAttribute("typing", "ForwardRef", "__forward_code__"),
        // From CPython 3.14 on. `evaluate` returns the value that these namespaces have for the reference's name, which
        // a task can set.
        HiddenAttribute("annotationlib", "ForwardRef", "__forward_code__"),
        HiddenAttribute("annotationlib", "ForwardRef", "__code__"),
        HiddenAttribute("annotationlib", "ForwardRef", "__globals__", .filtered),
        HiddenAttribute("annotationlib", "ForwardRef", "__cell__", .filtered),
        HiddenAttribute("annotationlib", "ForwardRef", "__extra_names__", .filtered),
        HiddenAttribute("numpy", "ndarray", "ctypes"),
        // A task could replace `readinto` of the raw stream, and keep the memory that it gets (BufferedStreams).
        HiddenAttribute("_io", "BufferedReader", "raw", .allLibraries),
        HiddenAttribute("_io", "BufferedWriter", "raw", .allLibraries),
        HiddenAttribute("_io", "BufferedRandom", "raw", .allLibraries),
    ]
}
