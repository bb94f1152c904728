import PythonPolicy
import PythonRuntime
import Tasks

/// libFuzzer's way in: decodes any bytes as a task's items, and encodes what came of them as a task's result. Both must
/// end, and leave the interpreter without a pending exception, which the next call asserts.
///
/// Build with `TRM_BUILD_FUZZING=1 swift build --scratch-path .build-fuzzing --product FuzzDecoder --sanitize=fuzzer
/// --sanitize=address`, run with `SWIFT_BACKTRACE=enable=no` and `Tests/Fuzzing/Corpora/FuzzDecoder`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecoder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = Array(UnsafeBufferPointer(start: start, count: count))
    guard let items = try? DecoderFuzz.interpreter.decodeItems(text) else { return 0 }
    // Refused is what has another shape than items, such as `[{"json": 1}]`.
    _ = try? DecoderFuzz.interpreter.encode(items)
    return 0
}

private enum DecoderFuzz {
    /// Started by the first input. The allocator is malloc(), so that AddressSanitizer sees every object.
    nonisolated(unsafe) static let interpreter: Interpreter = {
        do {
            return try Interpreter.start(
                InterpreterConfiguration(installation: try PythonInstallation.locate(), allocator: .malloc)
            )
        } catch {
            preconditionFailure("no interpreter: \(error)")
        }
    }()
}
