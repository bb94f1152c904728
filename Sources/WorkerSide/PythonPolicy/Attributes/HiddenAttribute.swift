import CPython
import PythonRuntime

/// An attribute of a class implemented in C or with slots, whose descriptor is patched in place: only library code may read
/// it.
struct HiddenAttribute {
    let module: StaticString
    let type: StaticString
    let attribute: StaticString

    private init(_ module: StaticString, _ type: StaticString, _ attribute: StaticString) {
        self.module = module
        self.type = type
        self.attribute = attribute
    }

    static let all = [
        HiddenAttribute("typing", "ForwardRef", "__forward_code__"),
        HiddenAttribute("numpy", "ndarray", "ctypes"),
    ]
}
