import CPython
import PythonRuntime

/// An attribute of a class implemented in C, with slots or as a property, whose descriptor is patched: only library code may
/// read it.
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
        // From CPython 3.14 on. `evaluate` returns any name of these namespaces, and the name is an attribute that can be set.
        HiddenAttribute("annotationlib", "ForwardRef", "__forward_code__"),
        HiddenAttribute("annotationlib", "ForwardRef", "__code__"),
        HiddenAttribute("annotationlib", "ForwardRef", "__globals__", .filtered),
        HiddenAttribute("annotationlib", "ForwardRef", "__cell__", .filtered),
        HiddenAttribute("annotationlib", "ForwardRef", "__extra_names__", .filtered),
        HiddenAttribute("numpy", "ndarray", "ctypes"),
    ]
}
