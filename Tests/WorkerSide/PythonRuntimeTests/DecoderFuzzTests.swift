import CPython
import Foundation
import Tasks
import TestSupport
import Testing

@testable import PythonRuntime

/// Whatever bytes arrive, the decoder agrees with Python's own about them, and survives.
@Suite struct DecoderFuzzTests {
    private static let seeds = [
        #"[{"json":{"a":1,"b":[true,false,null],"c":"text \u00e9\ud83c\udf89\n"}}]"#,
        #"[{"a":-12.5e-3,"b":1234567890123456789012,"c":{"d":{"e":[]}},"é€🎉":""}]"#,
        #" [ { "x" : "\"\\\/\b\f\n\r\t" , "y" : 0.1 } , {} , {"z":-0} ] "#,
        #"{"n":[1,2.0,3e5,1E+10,0.30000000000000004]}"#,
    ]
    private static let alphabet =
        Array(#"{}[]",:\ntrufalse0123456789.-+eE u dD8cC/"#.utf8) + [0x0A, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF0, 0xFF]

    @Test func mutatedTextsAreReadAsPythonReadsThem() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let reference = try DifferentialCompileTests.define(
                "reference",
                """
                import json
                def refuse(name): raise ValueError(name)
                decoder = json.JSONDecoder(parse_constant=refuse)
                def reference(text):
                    try:
                        return (decoder.decode(text.decode("utf-8")),)
                    except (ValueError, RecursionError):
                        return ()
                """
            )
            var generator = SeededGenerator(seed: 20_261)
            var accepted = 0
            for round in 0..<30_000 {
                var text = Array(Self.seeds[round % Self.seeds.count].utf8)
                for _ in 0..<Int.random(in: 0...3, using: &generator) {
                    let index = Int.random(in: 0..<text.count, using: &generator)
                    let byte = Self.alphabet.randomElement(using: &generator) ?? 0x20
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: text[index] = byte
                    case 1: text.insert(byte, at: index)
                    default: text.remove(at: index)
                    }
                }
                var ours: PythonReference?
                text.withUnsafeBytes { ours = try? python.interpreter.decoder.decodeValue($0) }
                let bytes = try PythonReference(
                    checking: text.withUnsafeBytes {
                        PyBytes_FromStringAndSize($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
                    }
                )
                let theirs = try reference.call(bytes)
                let shown = String(decoding: text, as: UTF8.self)
                guard CPython_Tuple_GET_SIZE(theirs.pointer) == 1 else {
                    if ours.take() != nil { Issue.record("accepted: \(shown)") }
                    continue
                }
                guard let value = ours.take() else {
                    Issue.record("refused: \(shown)")
                    continue
                }
                let same = PyObject_RichCompareBool(value.pointer, CPython_Tuple_GET_ITEM(theirs.pointer, 0), Py_EQ)
                #expect(same == 1, "\(shown)")
                accepted += 1
            }
            #expect(PyErr_Occurred() == nil)
            #expect(accepted > 1000, "only \(accepted) texts were JSON")
        }
    }

    /// The inputs of `FuzzItems`, those that broke something among them.
    @Test func everyInputOfTheCorpusIsDecodedOrRefused() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let folder =
                "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
                + "/Fuzzing/Corpora/FuzzDecoder"
            var refused: [String] = []
            var count = 0
            for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
                let text = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
                count += 1
                do {
                    let items = try python.interpreter.decodeItems(Array(text))
                    _ = try? python.interpreter.encode(items)
                } catch {
                    refused.append(name)
                }
                #expect(PyErr_Occurred() == nil, "\(name)")
            }
            #expect(count > refused.count && refused.contains("open.json"), "\(refused) of \(count)")
        }
    }
}
