import Foundation
import Glibc
import TestSupport
import Testing

/// The service as n8n's launcher starts it: variables of n8n's, no socket, a task broker to connect to.
@Suite struct N8NRunnerTests {
    /// A task broker for one runner and one task, on loopback: it does the WebSocket handshake, sends the task when the
    /// runner offers a slot, prints every message that it gets, and the task's result last.
    private static let broker = #"""
        import base64, hashlib, json, os, socket, struct, sys

        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)

        def read_head(connection):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            return head.decode()

        def read_exactly(connection, count):
            data = b""
            while len(data) < count:
                piece = connection.recv(count - len(data))
                if not piece:
                    sys.exit("the runner went away")
                data += piece
            return data

        def receive(connection):
            while True:
                first, second = read_exactly(connection, 2)
                assert second & 0x80, "a frame of a client must be masked"
                length = second & 0x7F
                if length == 126:
                    length = struct.unpack(">H", read_exactly(connection, 2))[0]
                elif length == 127:
                    length = struct.unpack(">Q", read_exactly(connection, 8))[0]
                mask = read_exactly(connection, 4)
                data = bytes(b ^ mask[i % 4] for i, b in enumerate(read_exactly(connection, length)))
                if first & 0x0F == 1:
                    message = json.loads(data)
                    print(json.dumps(message), flush=True)
                    return message

        def send(connection, message):
            data = json.dumps(message).encode()
            assert len(data) < 65536
            size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
            connection.sendall(b"\x81" + size + data)

        connection, _ = listener.accept()
        head = read_head(connection)
        if sys.argv[1] == "refuse":
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            sys.exit()
        assert "authorization: bearer secret-token" in head.lower(), head
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        send(connection, {"type": "broker:inforequest"})
        while receive(connection)["type"] != "runner:info":
            pass
        send(connection, {"type": "broker:runnerregistered"})
        while (offer := receive(connection))["type"] != "runner:taskoffer":
            pass
        send(connection, {"type": "broker:taskofferaccept", "taskId": "t1", "offerId": offer["offerId"]})
        while receive(connection)["type"] != "runner:taskaccepted":
            pass
        settings = {"code": "print('hello', 1)\nreturn [{'json': {'n': len(_items)}}]", "items": [{"json": {}}] * 3,
                    "nodeMode": "runOnceForAllItems", "continueOnFail": False, "workflowName": "w", "workflowId": "1",
                    "nodeName": "n", "nodeId": "2"}
        send(connection, {"type": "broker:tasksettings", "taskId": "t1", "settings": settings})
        while (done := receive(connection))["type"] not in ("runner:taskdone", "runner:taskerror"):
            pass
        """#

    /// The broker as a process, and the port it listens on.
    private static func startBroker(
        _ behaviour: String
    ) throws -> (process: ChildProcess, port: Int, output: FileHandle) {
        let pipe = Pipe()
        let process = try ChildProcess(
            "/usr/bin/python3",
            ["-c", Self.broker, behaviour],
            output: pipe.fileHandleForWriting
        )
        try pipe.fileHandleForWriting.close()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = pipe.fileHandleForReading.readData(ofLength: 1)
            try #require(!byte.isEmpty, "the broker ended")
            line += byte
        }
        let port = try #require(Int(String(decoding: line.dropLast(), as: UTF8.self)))
        return (process, port, pipe.fileHandleForReading)
    }

    @Test func aTaskOfN8NsRunsAndItsResultGoesBack() async throws {
        let (process, port, output) = try await offloaded { try Self.startBroker("serve") }
        let daemon = try await TestSupport.Daemon.start([
            "TERRARIUM_SOCKET": "none",
            "N8N_RUNNERS_TASK_BROKER_URI": "http://127.0.0.1:\(port)",
            "N8N_RUNNERS_GRANT_TOKEN": "secret-token",
        ])
        let messages = try await offloaded {
            var messages: [[String: Any]] = []
            var text = Data()
            while messages.last?["type"] as? String != "runner:taskdone" {
                let piece = output.availableData
                try #require(!piece.isEmpty, "the broker ended: \(messages)\n\(daemon.log)")
                text += piece
                while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Data(text[..<end])
                    text = Data(text[(end + 1)...])
                    messages.append(try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:])
                }
            }
            return Messages(list: messages)
        }
        let types = messages.list.compactMap { $0["type"] as? String }
        #expect(types.first == "runner:info")
        #expect(types.contains("runner:rpc"), "the print was not reported: \(types)")
        let data = try #require(messages.list.last?["data"] as? [String: Any])
        let result = try JSONSerialization.data(withJSONObject: data["result"] ?? [])
        #expect(String(decoding: result, as: UTF8.self) == #"[{"json":{"n":3}}]"#)
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        _ = try await offloaded { process.wait() }
        #expect(!daemon.log.contains("secret-token"))
    }

    @Test func aRefusalEndsAServiceThatIsNothingElse() async throws {
        let (process, port, _) = try await offloaded { try Self.startBroker("refuse") }
        let finished = try await Programs.run(
            Programs.terrarium,
            ["serve"],
            environment: [
                "TERRARIUM_SOCKET": "none",
                "N8N_RUNNERS_TASK_BROKER_URI": "http://127.0.0.1:\(port)",
                "N8N_RUNNERS_GRANT_TOKEN": "secret-token",
            ]
        )
        #expect(finished.status == 76, "\(finished.errors)")
        #expect(finished.errors.contains("refused the grant token"))
        // The launcher shows standard error as errors.
        #expect(finished.output.contains(" starting "))
        #expect(!finished.errors.contains(" starting "), "\(finished.errors)")
        _ = try await offloaded { process.wait() }
    }

    @Test func withoutAnyWayInItDoesNotStart() async throws {
        let finished = try await Programs.run(
            Programs.terrarium,
            ["serve"],
            environment: ["TERRARIUM_SOCKET": "none"]
        )
        #expect(finished.status == 78)
        #expect(finished.errors.contains("leaves no way to submit tasks"))
        #expect(finished.output == "")
    }

    @Test func theLaunchersHealthServerAnswers() async throws {
        let daemon = try await TestSupport.Daemon.start([
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "true",
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT": "0",
        ])
        let log = daemon.log
        let port = try #require(
            log.split(separator: "port=").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) },
            "\(log)"
        )
        let finished = try await Programs.run("/usr/bin/curl", ["--silent", "http://127.0.0.1:\(port)/anything"])
        #expect(finished.output == "OK", "\(daemon.log)")
    }

    @Test(arguments: [
        (["TERRARIUM_SOCKET": "none"], "leaves no way to submit tasks"),
        (["TERRARIUM_TASK_TIMEOUT": "soon"], "TERRARIUM_TASK_TIMEOUT"),
    ])
    func aFailedStartIsReportedOnTheHealthPort(environment: [String: String], reason: String) async throws {
        let port = try await Self.freePort()
        let health = [
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "true", "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT": "\(port)",
        ]
        let daemon = try await TestSupport.Daemon.start(environment.merging(health) { $1 }, waitsForReady: false)
        var response = ""
        while response.isEmpty, daemon.isRunning {
            response = try await Programs.run("/usr/bin/curl", ["--silent", "-i", "http://127.0.0.1:\(port)/"]).output
        }
        #expect(response.hasPrefix("HTTP/1.1 503 "), "\(response)\n\(daemon.log)")
        #expect(response.contains(reason), "\(response)")
        #expect(try await daemon.waitForExit() == 78)
    }

    /// A port that was free a moment ago.
    private static func freePort() async throws -> Int {
        try await offloaded {
            let (process, port, _) = try Self.startBroker("refuse")
            process.terminate()
            process.wait()
            return port
        }
    }

    /// What came out of the broker, carried from one thread to another.
    private struct Messages: @unchecked Sendable {
        var list: [[String: Any]]
    }
}
