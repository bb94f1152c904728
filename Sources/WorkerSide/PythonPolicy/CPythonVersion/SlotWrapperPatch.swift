import CPython
import PythonRuntime

/// Makes six slot wrappers run as ``Deputies``. With them Python code can call a generic lookup or a descriptor's
/// getter itself: `object.__getattribute__(f, "__globals__")`, `descriptor.__get__(f)`.
///
/// The function is replaced in the entry of the interpreter's table of slots (`slotdefs` in typeobject.c) that the
/// wrapper points to. So one store covers the wrappers of every type, also of types that are made later. The wrapper
/// cannot point to a changed copy of the entry: CPython compares the function with the table when it makes a class, and
/// the class would lose its generic slot.
@safe
struct SlotWrapperPatch {
    private enum Slot: Int, CaseIterable {
        case getAttribute
        case setAttribute
        case deleteAttribute
        case get
        case set
        case delete

        var name: StaticString {
            switch self {
            case .getAttribute: "__getattribute__"
            case .setAttribute: "__setattr__"
            case .deleteAttribute: "__delattr__"
            case .get: "__get__"
            case .set: "__set__"
            case .delete: "__delete__"
            }
        }

        /// A built-in type that has the wrapper.
        var type: TypeObject {
            switch self {
            case .getAttribute, .setAttribute, .deleteAttribute: .baseObject
            case .get, .set, .delete: unsafe TypeObject(CPython_Property_Type())
            }
        }

        /// The replacement. A C function has no state, so there is one for each slot.
        var function: wrapperfunc {
            switch self {
            case .getAttribute: { unsafe SlotWrapperPatch.call(.getAttribute, $0, $1, $2) }
            case .setAttribute: { unsafe SlotWrapperPatch.call(.setAttribute, $0, $1, $2) }
            case .deleteAttribute: { unsafe SlotWrapperPatch.call(.deleteAttribute, $0, $1, $2) }
            case .get: { unsafe SlotWrapperPatch.call(.get, $0, $1, $2) }
            case .set: { unsafe SlotWrapperPatch.call(.set, $0, $1, $2) }
            case .delete: { unsafe SlotWrapperPatch.call(.delete, $0, $1, $2) }
            }
        }
    }

    /// The original functions, by the number of their slot.
    private var originals: [Original] = []

    @safe
    private struct Original {
        let function: wrapperfunc
    }

    /// Replaces the six functions.
    mutating func install() throws(PythonException) {
        for slot in Slot.allCases {
            guard let wrapper = slot.type.dictionary?[slot.name],
                unsafe wrapper.type.pointer == CPython_WrapperDescr_Type(),
                let entry = unsafe wrapper.layout(as: PyWrapperDescrObject.self).pointee.d_base,
                let original = unsafe entry.pointee.wrapper
            else {
                throw PythonException.make(.systemError, "this interpreter has no slot wrapper \(slot.name) to guard")
            }
            unsafe self.originals.append(Original(function: original))
            unsafe entry.pointee.wrapper = unsafe slot.function
        }
    }

    private static func call(
        _ slot: Slot,
        _ receiver: PyPointer?,
        _ arguments: PyPointer?,
        _ wrapped: UnsafeMutableRawPointer?
    ) -> PyPointer? {
        guard let policy = unsafe PolicyGuard.current else { return nil }
        let original = unsafe policy.lookups.slotWrappers.originals[slot.rawValue].function
        return unsafe policy.attributes.deputies.run { unsafe original(receiver, arguments, wrapped) }
    }
}
