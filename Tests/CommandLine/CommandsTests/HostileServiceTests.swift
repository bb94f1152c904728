import TestSupport
import Testing
import Text

/// What a hostile service can write to the terminal of a user: text only. The program runs on a pseudo-terminal.
@Suite struct HostileServiceTests {
    /// ESC, CSI as one character, DEL, an override and an isolate of the text direction, the line and paragraph separators, a
    /// carriage return.
    private static let hostile = "\u{1B}[2J\u{9B}31m\u{7F}\u{202E}\u{2066}\u{2028}\u{2029}\r"

    /// Answers every request on a Unix socket with what `respond` has for its path, runs the command on a pseudo-terminal, and
    /// prints what it wrote there.
    private static let driver = """
        import json, os, pty, socket, sys, threading
        path, hostile, command = sys.argv[1], sys.argv[2], sys.argv[3:]
        def escaped(value):
            return json.dumps(value).encode()
        def raw(value):
            # As bytes of UTF-8, with an escape only where JSON requires one.
            return json.dumps(value, ensure_ascii=False).encode()
        failure = {"message": hostile, "type": hostile, "line": 1, "column": 2, "source_line": hostile,
                   "traceback": hostile, "hint": hostile, "item_index": 0}
        violation = {"rule": hostile, "construct": hostile, "line": 1, "column": 1, "message": hostile, "hint": hostile}
        def respond(request, encode):
            target = request.split(b" ")[1]
            if target == b"/v1/tasks":
                return 200, encode({"tasks": [{"id": hostile, "state": hostile, "mode": hostile, "age_ms": 1e300,
                                               "peer_uid": 1, "label": hostile}]})
            if target.startswith(b"/v1/history"):
                return 200, encode({"last": 1, "tasks": [{"id": hostile, "label": hostile, "outcome": hostile, "mode": hostile,
                                                          "ended_at_ms": 1, "error": {"message": hostile, "type": hostile}}]})
            if target == b"/v1/reload":
                return 200, encode({"changed": [hostile], "policy_revision": hostile})
            if target == b"/v1/info":
                return 200, encode({hostile: hostile, "layers": [{"name": hostile, "active": True, "detail": hostile}]})
            if target == b"/v1/check":
                return 200, encode({"violations": [violation], "hints": [violation]})
            if b"failing" in request:
                return 200, encode({"event": "result", "id": "a", "outcome": hostile, "error": failure, "logs": []}) + b"\\n"
            if b"refused" in request:
                return 400, encode({"title": hostile, "detail": hostile})
            events = [{"event": "accepted", "id": "a"}, {"event": "log", "stream": "stdout", "text": hostile},
                      {"event": "result", "id": "a", "outcome": "succeeded", "logs": [],
                       "items": [{"json": {hostile: hostile, "n": [hostile]}, "binary": {hostile: {}}}]}]
            return 200, b"\\n".join(encode(event) for event in events) + b"\\n"
        def serve(listener):
            while True:
                client, _ = listener.accept()
                request = b""
                while b"\\r\\n\\r\\n" not in request: request += client.recv(65536)
                head, body = request.split(b"\\r\\n\\r\\n", 1)
                for line in head.lower().split(b"\\r\\n"):
                    if line.startswith(b"content-length:"):
                        while len(body) < int(line.split(b":")[1]): body += client.recv(65536)
                status, answer = respond(head + body, raw if b"as-bytes" in body else escaped)
                client.sendall(b"HTTP/1.1 %d X\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n" % (status, len(answer)) + answer)
                client.close()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        child, terminal = pty.fork()
        if child == 0:
            os.execv(command[0], command)
        output = b""
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece: break
            output += piece
        os.waitpid(child, 0)
        # The terminal driver writes a line feed as two characters.
        sys.stdout.buffer.write(output.replace(b"\\r\\n", b"\\n"))
        """

    private func shown(_ arguments: [String]) async throws -> String {
        let folder = try ScratchFolder()
        let socket = "\(folder.path)/socket"
        let finished = try await Programs.run(
            "/usr/bin/python3",
            ["-c", Self.driver, socket, Self.hostile] + arguments
                + (arguments.first == "/bin/echo" ? [] : ["--socket", socket])
        )
        #expect(finished.status == 0, "\(finished.errors)")
        return finished.output
    }

    /// The characters that could drive the terminal, other than the colours of the program itself.
    private static func unsafe(_ text: String) -> [Unicode.Scalar] {
        var text = text
        for color in ["0", "1", "1;31", "1;33", "1;34", "1;36"] { text = text.replacing("\u{1B}[\(color)m", with: "") }
        return text.unicodeScalars.filter { PrintableText.isUnsafe($0) && $0 != "\n" && $0 != "\t" }
    }

    @Test(
        arguments: [
            ["run", "-c", "return 1"], ["run", "-c", "return 1", "--format", "ndjson"],
            ["run", "-c", "return 1", "--format", "table"], ["run", "-c", "return 1 # as-bytes"],
            ["run", "-c", "return 1 # as-bytes", "--format", "ndjson"],
            ["run", "-c", "return 1 # as-bytes", "--format", "table"], ["run", "-c", "failing"],
            ["run", "-c", "failing # as-bytes"], ["run", "-c", "refused"], ["run", "-c", "refused # as-bytes"],
            ["run", "-c", "return 1", "--format", "full"], ["run", "-c", "return 1 # as-bytes", "--format", "full"],
            ["run", "-c", "failing", "--format", "full", "--verbose"],
            ["check", "-c", "return 1"], ["check", "-c", "return 1", "--json"], ["tasks"],
            ["tasks", "--format", "json"], ["info"],
            ["info", "--format", "json"], ["status"], ["status", "--json"], ["top", "--once"], ["logs"],
            ["logs", "--json"], ["logs", "\u{1B}"], ["reload"],
        ]
    ) func nothingThatAServiceAnswersDrivesTheTerminal(arguments: [String]) async throws {
        let text = try await self.shown([Programs.terrarium] + arguments)
        #expect(Self.unsafe(text).isEmpty, "\(text.debugDescription)")
        // The answer was shown, with its characters escaped.
        #expect(text.contains("9b") || text.contains("9B"), "\(text.debugDescription)")
    }

    @Test func theDriverShowsWhatAProgramWrites() async throws {
        let text = try await self.shown(["/bin/echo", Self.hostile])
        #expect(Self.unsafe(text).count > 6, "\(text.debugDescription)")
    }
}
