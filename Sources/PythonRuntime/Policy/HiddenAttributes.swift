import CPython

/// Attributes of library objects that hold real modules or code objects: library code gets them, nobody else.
extension PolicyGuard {
    /// Where such an attribute is.
    private struct HiddenAttribute {
        let module: StaticString
        let type: StaticString
        let attribute: StaticString
        /// The module it holds; nil where the attribute has a descriptor already, which is guarded in place.
        let holds: StaticString?

        init(_ module: StaticString, _ type: StaticString, _ attribute: StaticString, holds: StaticString? = nil) {
            self.module = module
            self.type = type
            self.attribute = attribute
            self.holds = holds
        }
    }

    private static let hiddenAttributes = [
        HiddenAttribute("typing", "ForwardRef", "__forward_code__"),
        HiddenAttribute("warnings", "catch_warnings", "_module", holds: "warnings"),
        HiddenAttribute("numpy", "ndarray", "ctypes"),
        HiddenAttribute("numpy._core._internal", "_ctypes", "_ctypes", holds: "ctypes"),
        HiddenAttribute("numpy.core._internal", "_ctypes", "_ctypes", holds: "ctypes"),
    ]

    /// Guards those whose module is loaded; called again for a module that is imported later.
    func hideAttributes() throws(PythonException) {
        for hidden in Self.hiddenAttributes {
            guard let module = unsafe PyDict_GetItemString(self.modules, hidden.module.cString),
                unsafe CPython_Module_Check(module) != 0,
                let type = unsafe PyDict_GetItemString(PyModule_GetDict(module), hidden.type.cString),
                unsafe CPython_Type_Check(type) != 0
            else { continue }
            let pointer = unsafe UnsafeMutableRawPointer(type).assumingMemoryBound(to: PyTypeObject.self)
            guard let dictionary = unsafe pointer.pointee.tp_dict else { continue }
            let descriptor = unsafe PyDict_GetItemString(dictionary, hidden.attribute.cString)
            if let held = hidden.holds {
                guard unsafe descriptor == nil else { continue }
                unsafe try self.hideModule(held, in: hidden.attribute, of: pointer)
            } else if let descriptor = unsafe descriptor, unsafe !self.isGuarded(descriptor) {
                unsafe try self.install(hidden.attribute, .never, on: pointer)
            }
        }
    }

    /// What the getter below needs to know.
    private struct HeldModule {
        let module: StaticString
        let attribute: StaticString
    }

    /// Puts a descriptor over an instance attribute that holds a real module.
    private func hideModule(
        _ module: StaticString,
        in attribute: StaticString,
        of type: UnsafeMutablePointer<PyTypeObject>
    ) throws(PythonException) {
        // Never freed: the descriptor lives as long as the interpreter.
        let definition = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: 1)
        let held = UnsafeMutablePointer<HeldModule>.allocate(capacity: 1)
        unsafe held.initialize(to: HeldModule(module: module, attribute: attribute))
        unsafe definition.initialize(
            to: PyGetSetDef(
                name: attribute.cString,
                get: { receiver, closure in
                    guard let receiver = unsafe receiver, let closure = unsafe closure,
                        let policy = unsafe PolicyGuard.current
                    else { return nil }
                    let held = unsafe closure.assumingMemoryBound(to: HeldModule.self).pointee
                    guard unsafe policy.isPermittedCaller(of: held.attribute, on: receiver),
                        let module = unsafe PyDict_GetItemString(policy.modules, held.module.cString)
                    else {
                        unsafe PyErr_SetString(
                            CPython_Exc_AttributeError(),
                            "the attribute '\(held.attribute)' is not available to tasks"
                        )
                        return nil
                    }
                    unsafe CPython_INCREF(module)
                    return unsafe module
                },
                // Whatever module is given, it is the real one that is worked on.
                set: { _, _, _ in 0 },
                doc: nil,
                closure: UnsafeMutableRawPointer(held)
            )
        )
        let descriptor = unsafe try PythonReference(checking: PyDescr_NewGetSet(type, definition))
        unsafe try checking(
            PyObject_SetAttrString(
                UnsafeMutableRawPointer(type).assumingMemoryBound(to: PyObject.self),
                attribute.cString,
                descriptor.pointer
            )
        )
    }
}
