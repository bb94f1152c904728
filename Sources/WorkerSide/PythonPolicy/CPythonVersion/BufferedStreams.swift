import CPython
import PythonRuntime

/// Gives the buffered streams of `io` a copy of the memory that they would lend to a raw stream.
///
/// `BufferedReader` calls `readinto` of its raw stream with a view of its buffer, and `BufferedWriter` calls `write` with
/// one. In CPython 3.11 a raw stream written in Python can keep the view and use the memory after the stream has freed it.
/// Such a raw stream is therefore behind a ``RawStream``, which passes objects of their own. A file that a library opens is
/// used directly.
@safe
struct BufferedStreams {
    @safe
    private struct Original {
        let type: TypeObject
        let initialise: initproc
    }

    private var originals: [Original] = []
    private var fileType: BorrowedReference?
    let rawStreams = RawStream()

    mutating func install() throws(PythonException) {
        let streams = try PythonReference.importing("_io")
        self.fileType = try streams.attribute("FileIO").leak()
        try self.rawStreams.install()
        let objects = try PythonReference.importing("gc").attribute("get_objects").call()
        for name: StaticString in ["BufferedReader", "BufferedWriter", "BufferedRandom"] {
            let kind = try streams.attribute(name).leak()
            guard let type = TypeObject(kind), let original = unsafe type.pointer.pointee.tp_init,
                let dictionary = type.dictionary
            else { throw PythonException.make(.systemError, "this interpreter has no \(name) to guard") }
            unsafe self.originals.append(Original(type: type, initialise: original))
            unsafe MethodPatch.replaceSlotWrapper(
                "__init__",
                in: dictionary,
                CPython_erasingInitialiser(Self.initialise)
            )
            unsafe type.pointer.pointee.tp_init = unsafe Self.initialise
            // Derived classes have a copy of the pointer.
            for object in unsafe objects.list {
                guard let derived = TypeObject(object), unsafe PyType_IsSubtype(derived.pointer, type.pointer) != 0,
                    let own = unsafe derived.pointer.pointee.tp_init,
                    unsafe CPython_erasingInitialiser(own) == CPython_erasingInitialiser(original)
                else { continue }
                unsafe derived.pointer.pointee.tp_init = unsafe Self.initialise
            }
        }
    }

    private static let initialise: initproc = { stream, arguments, keywords in
        guard let policy = unsafe PolicyGuard.current, let object = unsafe BorrowedReference(stream),
            let original = policy.buffers.originals.first(where: {
                unsafe PyType_IsSubtype(object.type.pointer, $0.type.pointer) != 0
            })
        else { return -1 }
        do throws(PythonException) {
            guard let given = unsafe BorrowedReference(arguments).flatMap({ TupleObject($0) }) else { return -1 }
            if let raw = given.first {
                guard policy.buffers.isWrapped(raw, policy) else {
                    return unsafe original.initialise(stream, arguments, keywords)
                }
                let wrapped = try policy.buffers.rawStreams.make(raw)
                let passed = unsafe try PythonReference.tuple([wrapped.borrowed] + given.dropFirst())
                return unsafe original.initialise(stream, passed.pointer, keywords)
            }
            guard let names = unsafe BorrowedReference(keywords).flatMap({ DictionaryObject($0) }),
                let raw = names["raw"],
                policy.buffers.isWrapped(raw, policy)
            else { return unsafe original.initialise(stream, arguments, keywords) }
            let passed = try names.copy()
            unsafe try passed.dictionary.set(try policy.buffers.rawStreams.make(raw), for: "raw")
            return unsafe original.initialise(stream, arguments, passed.pointer)
        } catch {
            error.restore()
            return -1
        }
    }

    private func isWrapped(_ raw: BorrowedReference, _ policy: PolicyGuard) -> Bool {
        raw.type.object != self.fileType || InnermostFrame()?.builtins != policy.context.realBuiltins.object
    }
}
