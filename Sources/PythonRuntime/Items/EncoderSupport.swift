import CPython

/// What the encoder knows about types that JSON has no form for.
@safe
final class EncoderSupport {
    /// How values of such a type are written.
    enum Form {
        case null
        /// As `str()` of the value.
        case text
        case refused(hint: String?)
    }

    /// More types than this in one result are not worth remembering.
    private static let mostForms = 256

    let digitLimit: DigitLimit
    private var forms = IdentityTable<Form>()

    init(digitLimit: DigitLimit) {
        self.digitLimit = digitLimit
    }

    /// The keys of an `OrderedDict` or of a subclass in their order, by the iterator of `OrderedDict` itself.
    func keys(ofOrdered dictionary: PyPointer) throws(PythonException) -> PythonReference {
        let iterator = unsafe try PythonReference(checking: CPython_ODict_iterate(dictionary))
        return unsafe try PythonReference(checking: PySequence_List(iterator.pointer))
    }

    /// The Python number or truth value that a numpy scalar stands for; nil for everything else.
    ///
    /// By duck typing, so that nothing here depends on numpy: a static type of that name has the number protocol.
    func numpyScalar(_ value: PyPointer) -> PythonReference? {
        let type = unsafe CPython_TYPE(value)
        guard unsafe Self.hasNumpyName(type) else { return nil }
        let name = unsafe String(cString: type.pointee.tp_name)
        let made: PyPointer?
        if name.hasPrefix("numpy.bool") {
            let truth = unsafe PyObject_IsTrue(value)
            unsafe made = unsafe truth < 0 ? nil : PyBool_FromLong(Int(truth))
        } else if name.hasPrefix("numpy.int") || name.hasPrefix("numpy.uint")
            || ["numpy.longlong", "numpy.ulonglong", "numpy.intc", "numpy.uintc"].contains(name)
        {
            unsafe made = unsafe PyNumber_Index(value)
        } else if name.hasPrefix("numpy.float") || name == "numpy.longdouble" {
            unsafe made = unsafe PyNumber_Float(value)
        } else {
            return nil
        }
        guard let result = unsafe try? PythonReference(checking: made) else { return nil }
        // An exact built-in, or the encoder would come back here with it for ever.
        let exact = unsafe CPython_TYPE(result.pointer)
        guard unsafe exact == CPython_Long_Type() || exact == CPython_Float_Type() || exact == CPython_Bool_Type()
        else {
            return nil
        }
        return result
    }

    private static func hasNumpyName(_ type: UnsafeMutablePointer<PyTypeObject>) -> Bool {
        // Safety: a type's C name is NUL-terminated, and the comparison stops at the first difference.
        guard let name = unsafe type.pointee.tp_name else { return false }
        for (index, byte) in "numpy.".utf8.enumerated() where unsafe UInt8(bitPattern: name[index]) != byte {
            return false
        }
        return true
    }

    /// How values of a type are written. Remembered, for the sake of long lists of dates.
    func form(of type: UnsafeMutablePointer<PyTypeObject>) -> Form {
        let object = unsafe UnsafeMutableRawPointer(type).assumingMemoryBound(to: PyObject.self)
        if let known = unsafe self.forms[object] { return known }
        let form = unsafe Self.findForm(of: type)
        if self.forms.count < Self.mostForms { unsafe self.forms.set(form, for: object) }
        return form
    }

    private static func findForm(of type: UnsafeMutablePointer<PyTypeObject>) -> Form {
        let name = unsafe TypeIdentity.name(of: type)
        if Self.writtenAsNull.contains(name) { return .null }
        if unsafe TypeIdentity.anyBase(of: type, where: { Self.writtenAsText.contains($0) }) { return .text }
        for (bases, hint) in Self.hints where unsafe TypeIdentity.anyBase(of: type, where: { bases.contains($0) }) {
            return .refused(hint: hint)
        }
        if unsafe Self.isDataclass(type) {
            return .refused(hint: "Turn the dataclass into a dict: dataclasses.asdict(value).")
        }
        return .refused(hint: "Return its parts as text, numbers, lists and dicts, or str(value).")
    }

    private static func isDataclass(_ type: UnsafeMutablePointer<PyTypeObject>) -> Bool {
        guard let key = try? PythonText.interned("__dataclass_fields__") else { return false }
        return unsafe _PyType_Lookup(type, key.pointer) != nil
    }

    /// pandas' markers for a value that is not there.
    private static let writtenAsNull: Set<String> = [
        "pandas._libs.tslibs.nattype.NaTType", "pandas._libs.missing.NAType",
    ]

    /// Values with a text everybody expects, written as n8n writes them.
    private static let writtenAsText: Set<String> = [
        "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone", "zoneinfo.ZoneInfo",
        "decimal.Decimal", "fractions.Fraction", "uuid.UUID", "pathlib.PurePath", "enum.Enum",
        "ipaddress.IPv4Address", "ipaddress.IPv6Address", "ipaddress.IPv4Network", "ipaddress.IPv6Network",
        "ipaddress.IPv4Interface", "ipaddress.IPv6Interface",
        "numpy.datetime64", "numpy.timedelta64", "pandas._libs.tslibs.period._Period", "pandas._libs.interval.Interval",
    ]

    /// What to do about the types people return by mistake.
    private static let hints: [(bases: Set<String>, hint: String)] = [
        (["bytes", "bytearray", "memoryview"], "Encode it: base64.b64encode(value).decode()."),
        (
            ["generator", "map", "filter", "zip", "enumerate", "reversed", "list_iterator", "dict_keyiterator"],
            "It has not produced its values yet: use list(...)."
        ),
        (["range", "dict_keys", "dict_values", "dict_items", "collections.deque", "array.array"], "Use list(...)."),
        (["coroutine"], "It has not run, and nothing awaits in a task: make its function a plain one."),
        (["async_generator"], "Nothing awaits in a task: make its function a plain one, and use list(...)."),
        (
            ["function", "builtin_function_or_method", "method", "functools.partial"],
            "Call it: the parentheses are missing."
        ),
        (["mappingproxy", "collections.UserDict", "collections.ChainMap"], "Use dict(...)."),
        (["numpy.ndarray"], "Use value.tolist()."),
        (["pandas.core.frame.DataFrame"], "Use value.to_dict(\"records\")."),
        (["pandas.core.series.Series", "pandas.core.indexes.base.Index"], "Use value.tolist() or value.to_dict()."),
        (["re.Match"], "Use value.group() or value.groups()."),
        (["complex"], "Return its parts: value.real, value.imag."),
        (["type"], "It is a class: make an object of it, or return its __name__."),
        (["module"], "It is a module: return a value from it."),
        (["BaseException"], "Return its text: str(value)."),
    ]
}
