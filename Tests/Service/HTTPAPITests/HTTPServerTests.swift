import Foundation
import Linux
import Tasks
import Testing

@testable import HTTPAPI

/// The server on a real socket, with a dispatcher that the test plays.
@Suite(.serialized) struct HTTPServerTests {
    @Test func aTaskGoesInAndItsOutcomeComesOut() async throws {
        try await ServerFixture.with { server in
            let client = try await server.client()
            for number in 0..<3 {
                try await client.send(
                    RawClient.request("POST", "/v1/run", body: #"{"code":"x = \#(number)","items":[{"a":\#(number)}]}"#)
                )
                let task = await server.dispatcher.submission(number)
                #expect(String(decoding: task.submitted.task.code, as: UTF8.self) == "x = \(number)")
                #expect(String(decoding: task.submitted.task.items.bytes, as: UTF8.self) == #"[{"a":\#(number)}]"#)
                #expect(task.peer == Peer(uid: CurrentProcess.userID, isPrivileged: true))
                task.print("hello\n")
                task.finish(#"[{"json":{}}]"#)
                let response = try await client.response()
                #expect(response.status == 200)
                #expect(response.fields["content-type"] == "application/json")
                #expect(response.fields["connection"] == nil)
                #expect(server.server.openConnections == 1)
                #expect(
                    response.body.hasPrefix(
                        #"{"id":"\#(task.id)","outcome":"succeeded","items":[{"json":{}}],"#
                            + #""logs":[{"stream":"stdout","text":"hello\n"}],"logs_truncated":false,"usage":"#
                    )
                )
            }
            await client.close()
        }
    }

    @Test func aDispatcherThatAnswersWithinTheCallIsUnderstood() async throws {
        try await ServerFixture.with { server in
            server.dispatcher.finishAtOnce()
            let body = #"{"code":"x","items":[{"a":1}]}"#
            let plain = try await server.request("POST", "/v1/run", body: body)
            #expect(plain.body.contains(#""items":[{"a":1}]"#))
            let stream = try await server.request(
                "POST",
                "/v1/run",
                body: body,
                fields: "accept: application/x-ndjson\r\n"
            )
            let events = stream.body.split(separator: "\n").map { $0.prefix(20) }
            #expect(events == [#"{"event":"accepted","#, #"{"event":"result","i"#])
        }
    }

    @Test func requestsSentAheadAreAnsweredInOrder() async throws {
        try await ServerFixture.with { server in
            let client = try await server.client()
            let run = RawClient.request("POST", "/v1/run", body: #"{"code":"x"}"#)
            try await client.send(run + RawClient.request("GET", "/healthz") + run + "garbage\r\n\r\n")
            let first = await server.dispatcher.submission(0)
            // The second task is not even submitted before the first is answered.
            #expect(server.dispatcher.submissionCount == 1)
            first.finish(#"[{"n":1}]"#)
            #expect(try await client.response().body.contains(#"[{"n":1}]"#))
            #expect(try await client.response().body == "{\"status\":\"ok\"}\n")
            await server.dispatcher.submission(1).finish(#"[{"n":2}]"#)
            #expect(try await client.response().body.contains(#"[{"n":2}]"#))
            #expect(try await client.response().status == 400)
            #expect(try await client.isAtEnd())
            await client.close()

            server.dispatcher.finishAtOnce()
            let many = try await server.client()
            try await many.send(String(repeating: run, count: 2000))
            for _ in 0..<2000 { #expect(try await many.response().status == 200) }
            await many.close()
        }
    }

    @Test func trafficIsCounted() async throws {
        try await ServerFixture.with { server in
            let before = server.server.traffic
            let request = RawClient.request("GET", "/healthz")
            let client = try await server.client()
            try await client.send(request)
            let response = try await client.response()
            let after = server.server.traffic
            #expect(after.received - before.received == request.utf8.count)
            #expect(after.sent - before.sent > response.body.utf8.count)
            await client.close()
        }
    }

    @Test func everyPageAnswers() async throws {
        try await ServerFixture.with { server in
            let info = try await server.request("GET", "/v1/info")
            let object = try #require(try JSONSerialization.jsonObject(with: Data(info.body.utf8)) as? [String: Any])
            #expect(object["version"] as? String == "1.2.3")
            #expect(object["python_version"] as? String == "3.11.2")
            let sandbox = try #require(object["sandbox"] as? [String: Any])
            let layers = try #require(sandbox["layers"] as? [[String: Any]])
            #expect(layers.first?["name"] as? String == "seccomp")
            #expect(layers.first?["active"] as? Bool == true)
            let metrics = try await server.request("GET", "/metrics")
            #expect(metrics.body.contains("terrarium_tasks_total 1\n"))
            #expect(metrics.fields["content-type"]?.hasPrefix("text/plain") == true)
            #expect(try await server.request("GET", "/healthz").status == 200)
            #expect(try await server.request("HEAD", "/healthz").fields["content-length"] == "16")
            #expect(try await server.request("GET", "/readyz").status == 200)
            server.reporter.setReady(false)
            #expect(try await server.request("GET", "/readyz").status == 503)
            #expect(try await server.request("GET", "/healthz").status == 200)
            let missing = try await server.request("GET", "/nope")
            #expect(missing.status == 404)
            #expect(missing.fields["content-type"] == "application/problem+json")
            let wrong = try await server.request("GET", "/v1/run")
            #expect(wrong.status == 405)
            #expect(wrong.fields["allow"] == "POST")
        }
    }

    @Test func tasksAreListedAndCancelled() async throws {
        try await ServerFixture.with { server in
            let client = try await server.client()
            try await client.send(RawClient.request("POST", "/v1/run", body: #"{"code":"x","label":"one"}"#))
            let task = await server.dispatcher.submission(0)
            let list = try await server.request("GET", "/v1/tasks")
            #expect(
                list.body == #"{"tasks":[{"id":"\#(task.id)","label":"one","state":"running","mode":"all_items","#
                    + #""peer_uid":\#(CurrentProcess.userID),"age_ms":12}]}"# + "\n"
            )
            #expect(try await server.request("DELETE", "/v1/tasks/\(task.id)").status == 202)
            #expect(server.dispatcher.isCancelled(task.id))
            let unknown = String(repeating: "0", count: 32)
            #expect(try await server.request("DELETE", "/v1/tasks/\(unknown)").status == 404)
            task.observer.taskFinished(
                TaskOutcome(result: .failure(TaskFailure(.cancelled, message: "cancelled"))),
                task.id
            )
            #expect(try await client.response().body.contains(#""outcome":"cancelled""#))
            await client.close()
        }
    }

    @Test func badRequestsNameThePlaceAndKeepTheConnection() async throws {
        try await ServerFixture.with { server in
            let client = try await server.client()
            try await client.send(RawClient.request("POST", "/v1/run", body: #"{"code":"x","items":[{},3]}"#))
            let response = try await client.response()
            #expect(response.status == 400)
            #expect(response.fields["content-type"] == "application/problem+json")
            #expect(
                response.body.contains(#""detail":"items[1] is a number, not an object.","field":"items","element":1"#)
            )
            try await client.send(RawClient.request("POST", "/v1/run", body: #"{"code":"x""#))
            #expect(try await client.response().body.contains(#""offset":11"#))
            try await client.send(RawClient.request("POST", "/v1/run"))
            #expect(try await client.response().status == 400)
            try await client.send(RawClient.request("GET", "/healthz"))
            #expect(try await client.response().status == 200)
            await client.close()
            #expect(server.dispatcher.submissionCount == 0)
        }
    }

    @Test func tasksThatAreTurnedAwayAreToldWhy() async throws {
        try await ServerFixture.with { server in
            server.dispatcher.reject(with: .queueFull(limit: 7))
            let full = try await server.request("POST", "/v1/run", body: #"{"code":"x"}"#)
            #expect(full.status == 429)
            #expect(full.fields["retry-after"] == "1")
            server.dispatcher.reject(with: .draining)
            let draining = try await server.request(
                "POST",
                "/v1/run",
                body: #"{"code":"x"}"#,
                fields: "accept: application/x-ndjson\r\n"
            )
            #expect(draining.status == 503)
            #expect(draining.fields["content-type"] == "application/problem+json")
        }
    }

    @Test func checksAnswerAReport() async throws {
        try await ServerFixture.with { server in
            let client = try await server.client()
            try await client.send(RawClient.request("POST", "/v1/check", body: #"{"code":"import os"}"#))
            let task = await server.dispatcher.submission(0)
            #expect(task.submitted.task.purpose == .check)
            let violation = PolicyViolation(rule: "import", construct: "import os", line: 1, column: 1, message: "no")
            task.observer.taskFinished(
                TaskOutcome(result: .checked(CheckReport(violations: [violation]))),
                task.id
            )
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(
                response.body == #"{"violations":[{"rule":"import","construct":"import os","line":1,"column":1,"#
                    + #""message":"no"}],"hints":[]}"# + "\n"
            )
            await client.close()
        }
    }

    @Test func aCheckThatTakesTooLongIsAProblemOfItsOwn() async throws {
        try await ServerFixture.with { server in
            for (number, kind) in [FailureKind.timedOut, .workerDied].enumerated() {
                let client = try await server.client()
                try await client.send(RawClient.request("POST", "/v1/check", body: #"{"code":"x","timeout_ms":1}"#))
                let task = await server.dispatcher.submission(number)
                let failure = TaskFailure(kind, message: "no")
                task.observer.taskFinished(TaskOutcome(result: .failure(failure)), task.id)
                let response = try await client.response()
                #expect(response.status == (kind == .timedOut ? 504 : 500))
                let type = kind == .timedOut ? "check-timed-out" : "check-failed"
                #expect(response.body.contains("\"type\":\"urn:terrarium:problem:\(type)\""), "\(response.body)")
                await client.close()
            }
        }
    }

    @Test func anEncodedBodyIsRefusedBeforeItIsRead() async throws {
        try await ServerFixture.with { server in
            let body = #"{"code":"x"}"#
            let fields = "content-encoding: gzip\r\n"
            let refused = try await server.request("POST", "/v1/run", body: body, fields: fields)
            #expect(refused.status == 415)
            #expect(refused.body.contains("urn:terrarium:problem:encoded-body"), "\(refused.body)")
            #expect(server.dispatcher.submissionCount == 0)
            // The control.
            server.dispatcher.finishAtOnce()
            let identity = "content-encoding: identity\r\n"
            #expect(try await server.request("POST", "/v1/run", body: body, fields: identity).status == 200)
        }
    }

    @Test func everyResponseIdentifiesItsRequest() async throws {
        try await ServerFixture.with { server in
            let client = try await server.client()
            try await client.send(RawClient.request("POST", "/v1/run", body: #"{"code":"x"}"#))
            let task = await server.dispatcher.submission(0)
            task.finish("[]")
            #expect(try await client.response().fields["x-request-id"] == task.id.description)
            await client.close()
            let first = try await server.request("GET", "/healthz").fields["x-request-id"]
            let second = try await server.request("GET", "/nowhere").fields["x-request-id"]
            #expect(first?.count == 32 && second?.count == 32 && first != second)
            server.dispatcher.finishAtOnce()
            let stream = try await server.request(
                "POST",
                "/v1/run",
                body: #"{"code":"x"}"#,
                fields: "accept: application/x-ndjson\r\n"
            )
            let id = try #require(stream.fields["x-request-id"])
            #expect(stream.body.hasPrefix(#"{"event":"accepted","id":"\#(id)"}"#))
        }
    }

    @Test func theDescriptionOfTheAPIIsServed() async throws {
        try await ServerFixture.with { server in
            let answer = try await server.request("GET", "/v1/openapi.json")
            #expect(answer.status == 200 && answer.fields["content-type"] == "application/json")
            let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            #expect(document?["openapi"] as? String == "3.1.0")
            #expect((document?["paths"] as? [String: Any])?["/v1/openapi.json"] != nil)
        }
    }

    @Test func peersThatAreNotListedAreRefused() async throws {
        try await ServerFixture.with(ServerFixture.settings { $0.allowedUserIDs = [4_000_000] }) { server in
            let response = try await server.request("POST", "/v1/run", body: #"{"code":"x"}"#)
            #expect(response.status == 403)
            #expect(try await server.request("GET", "/healthz").status == 403)
            #expect(server.dispatcher.submissionCount == 0)
        }
        // The control.
        try await ServerFixture.with(ServerFixture.settings { $0.allowedUserIDs = [CurrentProcess.userID] }) { server in
            let response = try await server.request("GET", "/healthz")
            #expect(response.status == 200)
        }
    }

    @Test func curlIsServed() async throws {
        try await ServerFixture.with { server in
            server.dispatcher.finishAtOnce()
            let url = "http://localhost/v1/run"
            let small = try await server.curl(url, "--data", #"{"code":"x","items":[{"a":1}]}"#)
            #expect(small.contains(#""outcome":"succeeded","items":[{"a":1}]"#))
            let stream = try await server.curl(
                url,
                "--no-buffer",
                "-H",
                "Accept: application/x-ndjson",
                "--data",
                #"{"code":"x"}"#
            )
            #expect(stream.split(separator: "\n").count == 2)
            // Bodies beyond 1 MB make curl ask before it sends; this one is within the limit of the fixture.
            let text = String(repeating: "y", count: 1_040_000)
            let status = try await server.curl(
                url,
                "--data-binary",
                "@-",
                "--output",
                "/dev/null",
                "--write-out",
                "%{http_code} %{size_upload}",
                input: Data(#"{"code":"\#(text)"}"#.utf8)
            )
            #expect(status == "200 \(text.count + 11)")
            let large = try await server.curl(
                url,
                "--data-binary",
                "@-",
                "--write-out",
                " %{http_code}",
                input: Data(#"{"code":"\#(text)\#(text)"}"#.utf8)
            )
            #expect(large.contains("urn:terrarium:problem:too-large"))
            #expect(large.hasSuffix(" 413"))
            let chunked = try await server.curl(
                url,
                "--data-binary",
                "@-",
                "--write-out",
                " %{http_code}",
                "-H",
                "Transfer-Encoding: chunked",
                "-H",
                "Expect:",
                input: Data(#"{"code":"\#(text)\#(text)"}"#.utf8)
            )
            #expect(chunked.hasSuffix(" 413"))
            let old = try await server.curl(url, "--http1.0", "--data", #"{"code":"x"}"#)
            #expect(old.contains(#""outcome":"succeeded""#))
            // A client that would rather speak another protocol is answered in this one.
            let upgrading = try await server.curl(
                url,
                url,
                "-H",
                "Upgrade: h2c",
                "-H",
                "Connection: Upgrade",
                "--data",
                #"{"code":"x"}"#
            )
            #expect(upgrading.split(separator: "\n").count == 2)
            #expect(server.dispatcher.submissionCount == 6)
        }
    }
}
