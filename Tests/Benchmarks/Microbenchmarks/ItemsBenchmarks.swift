import CPython
import PythonRuntime

/// Items in and out of Python, next to what its own `json` takes for the same text. The collector rests for both.
enum ItemsBenchmarks {
    static func run(_ interpreter: Interpreter) throws -> [Figure] {
        let items = JSONBenchmarks.items
        PyGC_Disable()
        defer { PyGC_Enable() }
        guard let module = PyImport_ImportModule("json"),
            let loads = PyObject_GetAttrString(module, "loads"),
            let dumps = PyObject_GetAttrString(module, "dumps"),
            let text = items.withUnsafeBufferPointer({ bytes in
                PyUnicode_DecodeUTF8(
                    UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    bytes.count,
                    nil
                )
            }),
            let list = PyObject_CallOneArg(loads, text)
        else { throw BenchmarkFailure(reason: "json does not read the items") }
        let decoded = try interpreter.decodeItems(items)
        let medians = try Stopwatch.medians(
            samples: 15,
            [
                { _ = try interpreter.decodeItems(items) },
                { try Self.call(loads, with: text) },
                { _ = try interpreter.encode(decoded) },
                { try Self.call(dumps, with: list) },
            ]
        )
        func rate(_ name: String, _ nanoseconds: Double) -> Figure {
            Figure(name: name, value: Double(items.count) / nanoseconds * 1000, unit: "MB/s")
        }
        return [
            rate("items: decode 100,000 items and free them", medians[0]),
            rate("items: the same by json.loads", medians[1]),
            rate("items: encode 100,000 items", medians[2]),
            rate("items: the same by json.dumps", medians[3]),
        ]
    }

    private static func call(
        _ function: UnsafeMutablePointer<PyObject>,
        with argument: UnsafeMutablePointer<PyObject>
    ) throws {
        guard let result = PyObject_CallOneArg(function, argument) else {
            throw BenchmarkFailure(reason: "json fails")
        }
        CPython_DECREF(result)
    }
}
