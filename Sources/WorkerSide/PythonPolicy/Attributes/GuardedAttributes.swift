import CPython
import PythonRuntime

extension AttributeGuard {
    /// The guarded attributes of the built-in types.
    static var attributes: [Attribute] {
        [
            // An attribute that leads to the built-ins of a task or to the frame of a library has no exemption, because
            // `functools.update_wrapper` copies any attribute that its caller names.
            Attribute(.function, "__globals__"),
            Attribute(.function, "__code__", .libraries),
            // A function that a library makes from text for a task may have objects of the library in its closure.
            Attribute(.function, "__closure__"),
            Attribute(.function, "__builtins__"),
            // The defaults of a library function can hold any object, modules and built-ins included.
            Attribute(.function, "__defaults__", .ownFunctions),
            Attribute(.function, "__kwdefaults__", .ownFunctions),
            Attribute(.builtinFunction, "__self__", .exceptModules),
            Attribute(.generator, "gi_frame"),
            Attribute(.generator, "gi_code"),
            Attribute(.generator, "gi_yieldfrom"),
            Attribute(.coroutine, "cr_frame"),
            Attribute(.coroutine, "cr_code"),
            Attribute(.coroutine, "cr_await"),
            Attribute(.coroutine, "cr_origin"),
            Attribute(.asyncGenerator, "ag_frame"),
            Attribute(.asyncGenerator, "ag_code"),
            Attribute(.asyncGenerator, "ag_await"),
            Attribute(.traceback, "tb_frame", .libraries),
            Attribute(.frame, "f_back"),
            Attribute(.frame, "f_globals"),
            // The variables of the frame of such a function may be objects of the library as well.
            Attribute(.frame, "f_locals"),
            Attribute(.frame, "f_builtins"),
            Attribute(.frame, "f_code", .libraries),
            Attribute(.frame, "f_trace", .libraries),
            // A library cache keeps weak references to classes. Their callbacks lead to the set that contains a class,
            // and to the other classes in that set.
            Attribute(.weakReference, "__callback__"),
            // The object that does not have the requested attribute. If library code read the attribute, it may be a
            // real module.
            Attribute(.attributeError, "obj", .setting),
        ]
    }
}

extension AttributeGuard.Attribute {
    fileprivate init(_ type: TypeObject, _ name: StaticString, _ exemption: AttributeGuard.Exemption = .none) {
        self.init(type: type, name: name, exemption: exemption)
    }
}

extension TypeObject {
    fileprivate static var function: TypeObject { unsafe TypeObject(CPython_Function_Type()) }
    fileprivate static var builtinFunction: TypeObject { unsafe TypeObject(CPython_CFunction_Type()) }
    fileprivate static var generator: TypeObject { unsafe TypeObject(CPython_Gen_Type()) }
    fileprivate static var coroutine: TypeObject { unsafe TypeObject(CPython_Coro_Type()) }
    fileprivate static var asyncGenerator: TypeObject { unsafe TypeObject(CPython_AsyncGen_Type()) }
    fileprivate static var traceback: TypeObject { unsafe TypeObject(CPython_TraceBack_Type()) }
    fileprivate static var frame: TypeObject { unsafe TypeObject(CPython_Frame_Type()) }
    fileprivate static var weakReference: TypeObject { unsafe TypeObject(CPython_WeakReference_Type()) }
    fileprivate static var attributeError: TypeObject {
        unsafe TypeObject(ExceptionClass.attributeError.object.layout(as: PyTypeObject.self))
    }
}
