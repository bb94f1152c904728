import CPython

/// Decides how the encoder writes values whose types JSON does not have. ``ItemsEncoder`` owns the only instance, which
/// caches the decision for each type.
final class ForeignValues {
    /// The form in which values of a type are written.
    enum Form {
        case null
        /// The `str()` of the value.
        case text
        /// An array of what the value yields: a `range` or a `deque`.
        case elements
        /// A numpy array, written as nested arrays.
        case numpyArray
        /// An object with the fields of a dataclass. The tuple has their names, and lives as long as the process.
        case fields(TupleObject)
        case refused(hint: String?)
    }

    /// The most types that are cached.
    private static let mostForms = 256

    let digitLimit: DigitLimit
    private var forms = IdentityTable<Form>()

    init(digitLimit: DigitLimit) {
        self.digitLimit = digitLimit
    }

    /// The Python `int`, `float` or `bool` of a numpy scalar; nil for any other object.
    ///
    /// The type is recognised by its C name, so the encoder does not depend on numpy. The value is then converted by the
    /// number protocol.
    func numpyScalar(_ value: BorrowedReference) -> PythonReference? {
        guard Self.hasNumpyName(value.type) else { return nil }
        let name = value.type.cName
        let made: PyPointer?
        if name.hasPrefix("numpy.bool") {
            let truth = unsafe PyObject_IsTrue(value.pointer)
            unsafe made = unsafe truth < 0 ? nil : PyBool_FromLong(Int(truth))
        } else if name.hasPrefix("numpy.int") || name.hasPrefix("numpy.uint")
            || ["numpy.longlong", "numpy.ulonglong", "numpy.intc", "numpy.uintc"].contains(name)
        {
            unsafe made = unsafe PyNumber_Index(value.pointer)
        } else if name.hasPrefix("numpy.float") || name == "numpy.longdouble" {
            unsafe made = unsafe PyNumber_Float(value.pointer)
        } else {
            return nil
        }
        guard let result = unsafe try? PythonReference(checking: made) else { return nil }
        // The result must have an exact built-in type; otherwise the encoder would convert it again without end.
        guard result.hasType(.integer) || result.hasType(.float) || result.hasType(.boolean) else { return nil }
        return result
    }

    private static func hasNumpyName(_ type: TypeObject) -> Bool {
        // Safety: a type's C name is NUL-terminated, and the comparison stops at the first difference.
        guard let name = unsafe type.pointer.pointee.tp_name else { return false }
        for (index, byte) in "numpy.".utf8.enumerated() where unsafe UInt8(bitPattern: name[index]) != byte {
            return false
        }
        return true
    }

    /// The form in which values of a type are written. It is cached, because long lists often have values of one type.
    func form(of type: TypeObject) -> Form {
        if let known = self.forms[type.object] { return known }
        let form = Self.findForm(of: type)
        if self.forms.count < Self.mostForms { self.forms.set(form, for: type.object) }
        return form
    }

    private static func findForm(of type: TypeObject) -> Form {
        let name = TypeName.name(of: type)
        if Self.writtenAsNull.contains(name) { return .null }
        if TypeName.anyBase(of: type, where: { Self.writtenAsText.contains($0) }) { return .text }
        if TypeName.anyBase(of: type, where: { Self.writtenAsElements.contains($0) }) { return .elements }
        // The name must match exactly: a subclass, such as an array with masked values, may hold more than its
        // elements.
        if name == "numpy.ndarray" { return .numpyArray }
        if let fields = try? Self.fields(ofDataclass: type) { return .fields(fields) }
        for (bases, hint) in Self.hints where TypeName.anyBase(of: type, where: { bases.contains($0) }) {
            return .refused(hint: hint)
        }
        return .refused(hint: Self.generalHint)
    }

    /// The names of a dataclass's fields, without class variables (`ClassVar`) and parameters that only the initialiser
    /// takes (`InitVar`); nil for any other type.
    private static func fields(ofDataclass type: TypeObject) throws(PythonException) -> TupleObject? {
        let key = try PythonText.interned("__dataclass_fields__")
        guard let entry = unsafe type.lookUp(key.borrowed), let fields = DictionaryObject(entry) else { return nil }
        // A copy, because reading an attribute of a field may run code that changes the dict.
        let copy = try fields.copy()
        var names: [BorrowedReference] = []
        for (name, field) in unsafe copy.dictionary.entries {
            let kind = try field.attribute("_field_type").attribute("name")
            if unsafe name.isString && PythonText.equals(kind.borrowed, "_FIELD") { names.append(name) }
        }
        return TupleObject(try PythonReference.tuple(names).leak())
    }

    /// An iterator over a value with the form ``Form/elements``. It is the built-in type's own: no method of a subclass is
    /// called.
    func elements(of value: BorrowedReference) throws(PythonException) -> PythonReference {
        let bases = value.type.bases.map(Array.init) ?? []
        for case let type? in bases.map({ TypeObject($0) })
        where Self.writtenAsElements.contains(TypeName.name(of: type)) {
            guard let iterate = unsafe type.pointer.pointee.tp_iter else { continue }
            return unsafe try PythonReference(checking: iterate(value.pointer))
        }
        throw PythonException.make(.typeError, "not iterable")
    }

    /// The elements of a numpy array as a list; the single value of an array without dimensions. Booleans, numbers,
    /// text and objects become Python's own values. Elements of other kinds, such as dates, stay numpy scalars, because
    /// `tolist()` can turn them into numbers.
    func list(ofNumpyArray value: BorrowedReference) throws(PythonException) -> PythonReference {
        let kind = try PythonText.string(try value.attribute("dtype").attribute("kind"))
        if "biufUO".contains(kind) { return try value.attribute("tolist").call() }
        let dimensions = try value.attribute("ndim")
        if unsafe try dimensions.borrowed.integer() == 0 {
            let index = try PythonReference.tuple([])
            return unsafe try PythonReference(checking: PyObject_GetItem(value.pointer, index.pointer))
        }
        return unsafe try PythonReference(checking: PySequence_List(value.pointer))
    }

    /// The types of pandas' missing values.
    private static let writtenAsNull: Set<String> = [
        "pandas._libs.tslibs.nattype.NaTType", "pandas._libs.missing.NAType", "pandas.api.typing.NaTType",
        "pandas.api.typing.NAType",
    ]

    /// Types whose values are written as their `str()`, as n8n writes them.
    private static let writtenAsText: Set<String> = [
        "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone", "zoneinfo.ZoneInfo",
        "decimal.Decimal", "fractions.Fraction", "uuid.UUID", "pathlib.PurePath", "enum.Enum",
        "ipaddress.IPv4Address", "ipaddress.IPv6Address", "ipaddress.IPv4Network", "ipaddress.IPv6Network",
        "ipaddress.IPv4Interface", "ipaddress.IPv6Interface",
        "numpy.datetime64", "numpy.timedelta64", "pandas._libs.tslibs.period._Period", "pandas._libs.interval.Interval",
        "pandas.Interval",
    ]

    /// The hint for a type that has no hint of its own.
    static let generalHint = "return its parts as text, numbers, lists and dicts, or str(value)"

    /// Types whose values are written as an array of what they yield.
    private static let writtenAsElements: Set<String> = ["range", "collections.deque"]

    /// Hints for types that authors return by mistake.
    private static let hints: [(bases: Set<String>, hint: String)] = [
        (["bytes", "bytearray", "memoryview"], "encode it: base64.b64encode(value).decode()"),
        (
            ["generator", "map", "filter", "zip", "enumerate", "reversed", "list_iterator", "dict_keyiterator"],
            "it has not produced its values yet: use list(...)"
        ),
        (["dict_keys", "dict_values", "dict_items", "array.array"], "use list(...)"),
        (["coroutine"], "it has not run: use asyncio.run(...), or make its function a plain one"),
        (["async_generator"], "it has not run: make its function a plain one, and use list(...)"),
        (
            ["function", "builtin_function_or_method", "method", "functools.partial"],
            "call it: the parentheses are missing"
        ),
        (["mappingproxy", "collections.UserDict", "collections.ChainMap"], "use dict(...)"),
        (["numpy.ndarray"], "use value.tolist()"),
        (["pandas.DataFrame", "pandas.core.frame.DataFrame"], "use value.to_dict(\"records\")"),
        (
            ["pandas.Series", "pandas.core.series.Series", "pandas.Index", "pandas.core.indexes.base.Index"],
            "use value.tolist() or value.to_dict()"
        ),
        (["re.Match"], "use value.group() or value.groups()"),
        (["pydantic.main.BaseModel"], "use value.model_dump(mode=\"json\")"),
        (["complex"], "return its parts: value.real, value.imag"),
        (["type"], "it is a class: make an object of it, or return its __name__"),
        (["module"], "it is a module: return a value from it"),
        (["BaseException"], "return its text: str(value)"),
    ]
}
