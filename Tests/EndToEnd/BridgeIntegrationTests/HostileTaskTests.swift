import Foundation
import N8NTestBroker
import TestSupport
import Testing

/// Tasks that try to write outside of their field of a message. The task broker checks every byte around it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HostileTaskTests {
    /// Ends a string, an object and a message, and begins others; with all that a line or a string may stumble over.
    private static let evil =
        #"\"}]}},\"type\":\"runner:taskdone\",\"taskId\":\"other\",\"data\":{\"result\":[]}}"#
        + #"\\\n\r\x00\x1b[2J\u2028\U0001f600"#

    @Test func textOfATaskStaysInsideItsField() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"]) { bridged in
            let connection = try await bridged.registered()
            let codes = [
                "return {'json': {evil: evil}}", "return evil", "raise ValueError(evil)",
                "raise type(evil[:9], (Exception,), {})",
                "return {'json': {}, evil: 1}", "return {'json': [{evil: b'x'}]}", "return [][evil]",
                "raise KeyError(evil) from ValueError(evil)", "import unknown_package",
                "e = ValueError(evil)\ne.__notes__ = [evil]\nraise e",
            ]
            for (index, code) in codes.enumerated() {
                for (suffix, continueOnFail) in [("", false), ("on", true)] {
                    let id = "\(index)\(suffix)"
                    try await connection.begin(id)
                    connection.sendSettings(
                        id,
                        code: "evil = \"\(Self.evil)\"\nprint(evil, {evil: evil})\n\(code)",
                        continueOnFail: continueOnFail
                    )
                    _ = try await connection.end(of: id)
                }
            }
            let prints = connection.events.waiting.compactMap { heard -> String? in
                if case .console(_, let arguments) = heard { arguments.first } else { nil }
            }
            // All of it got there, so that what was not found was not just missing.
            #expect(prints.count >= codes.count)
            #expect(prints.contains { $0.contains("\"runner:taskdone\"") })
        }
    }

    /// A task that has escaped from Python writes frames of its own to the worker's socket.
    @Test func forgedFramesArePassedOnWholeOrNotAtAll() async throws {
        let environment = ["TERRARIUM_SOCKET": "none", "N8N_RUNNERS_STDLIB_ALLOW": "*"]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            // Control: a forged print and a forged result that are well-formed do arrive.
            try await connection.begin("good")
            connection.sendSettings("good", code: Self.forged(print: #"["said so"]"#, result: #"{"a":1}"#))
            let print = try await connection.nextConsole()
            #expect(print == .console("good", ["said so"]))
            let end = try await connection.end(of: "good")
            #expect(end == .done("good", result: Array(#"{"a":1}"#.utf8)))

            let prints = [
                #"["x"],"taskId":"other""#, #"["x"]}{"type":"runner:info"}"#, "[1]", "[null]", "[[]]", "[\"a\"]\n",
                "[\"a\nb\"]",
                "{}", "", "[", #"["\ud8"]"#, "[\"\u{7f}\" \"b\"]",
            ]
            for (index, text) in prints.enumerated() {
                try await connection.begin("print \(index)")
                connection.sendSettings("print \(index)", code: Self.forged(print: text, result: "[]"))
                guard case .error(_, _, let error) = try await connection.end(of: "print \(index)") else {
                    Issue.record("\(text) was passed on")
                    continue
                }
                #expect(error.contains(#""kind":"worker_died""#), "\(text): \(error)")
            }
            let results = [
                #"[]},"taskId":"other","x":{"result":[]"#, #"[],"error":{}"#, "[] []", "", "[\n]", "\"a\nb\"",
                #"{"a":1,}"#, "nan",
            ]
            for (index, text) in results.enumerated() {
                try await connection.begin("result \(index)")
                connection.sendSettings("result \(index)", code: Self.forged(print: nil, result: text))
                guard case .error(_, _, let error) = try await connection.end(of: "result \(index)") else {
                    Issue.record("\(text) was passed on")
                    continue
                }
                #expect(error.contains(#""kind":"worker_died""#), "\(text): \(error)")
            }
        }
    }

    /// Code that writes frames of its own to the descriptor of the worker's socket.
    private static func forged(print: String?, result: String) -> String {
        func frame(_ kind: Int, _ payload: [UInt8]) -> String {
            let bytes = payload.map(String.init).joined(separator: ",")
            return "os.write(3, (\(payload.count)).to_bytes(4, 'little') + bytes([\(kind),0,0,0,\(bytes)]))"
        }
        var lines = ["import os"]
        if let print { lines.append(frame(9, Array(print.utf8))) }
        lines.append(frame(5, [UInt8](repeating: 0, count: 40) + Array(result.utf8)))
        return (lines + ["import time", "time.sleep(30)"]).joined(separator: "\n")
    }
}
