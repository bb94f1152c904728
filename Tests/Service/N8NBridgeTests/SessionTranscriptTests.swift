import N8NTestBroker
import Testing

@testable import N8NBridge

/// Whole sessions with every type of message that n8n's task broker sends to a runner, in the forms of n8n 1.111 to 3.0. Written
/// after n8n's description of its messages (packages/@n8n/task-runner/src/message-types.ts).
@Suite(.timeLimit(.minutes(10))) struct SessionTranscriptTests {
    /// The settings of a Python task as versions of n8n write them; fields were added and none was removed.
    private static let settings = [
        (
            "1.111",
            #"{"code":"echo","nodeMode":"runOnceForAllItems","items":[{"json":{"n":1}}],"continueOnFail":false}"#
        ),
        (
            "1.113",
            #"{"code":"echo","nodeMode":"runOnceForAllItems","items":[{"json":{"n":1}}],"continueOnFail":false,"#
                + #""workflowName":"w","workflowId":"1","nodeName":"Code","nodeId":"2"}"#
        ),
        (
            "2.0",
            #"{"code":"echo","nodeMode":"runOnceForEachItem","workflowMode":"manual","continueOnFail":true,"#
                + #""items":[{"json":{"n":1},"pairedItem":{"item":0}}],"chunk":null,"#
                + #""workflowName":"w","workflowId":"1","nodeName":"Code","nodeId":"2","canLog":true}"#
        ),
        (
            "2.27, a Code Tool",
            #"{"code":"echo","nodeMode":"runOnceForAllItems","items":[],"continueOnFail":false,"query":{"q":"x"},"#
                + #""workflowName":"w","workflowId":"1","nodeName":"Tool","nodeId":"3","canLog":false}"#
        ),
    ]

    /// Messages that a Python runner has no use for: they belong to JavaScript tasks, to calls whose answer is not needed, to
    /// tasks that have ended, or to a later version.
    private static let others = [
        #"{"type":"broker:rpcresponse","callId":"c","taskId":"t","status":"success","data":null}"#,
        #"{"type":"broker:rpcresponse","callId":"c","taskId":"t","status":"error","data":"no such method"}"#,
        #"{"type":"broker:taskdataresponse","taskId":"t","requestId":"r","data":{"input":{"data":[]}}}"#,
        #"{"type":"broker:nodetypes","taskId":"t","requestId":"r","nodeTypes":[{"name":"n","version":1}]}"#,
        #"{"type":"broker:taskcancel","taskId":"gone","reason":"Task request timed out"}"#,
        #"{"type":"broker:laterversion","taskId":"t","anything":[{"x":null}]}"#,
    ]

    @Test(arguments: settings) func aSessionFromRegistrationToDrain(version: String, settings: String) async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            for message in Self.others { connection.send(message) }
            try await connection.begin("t")
            for message in Self.others { connection.send(message) }
            connection.sendSettingsText("t", settings)
            let end = try await connection.end(of: "t")
            guard case .done("t", _) = end else {
                Issue.record("\(version): \(end)")
                return
            }
            for message in Self.others { connection.send(message) }
            try await connection.begin("cancelled")
            connection.cancel("cancelled")
            try await connection.roundTrip()
            // It still serves after all of them, until it is drained.
            #expect(try await connection.run("last", code: "echo") == .done("last", result: Array("[]".utf8)))
            connection.drain()
            try await connection.roundTrip()
            connection.noMoreOffers()
        }
    }

    /// n8n cancels a running task with the words of its reason, which may be anything.
    @Test func aRunningTaskIsCancelledWhateverTheReason() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            for (index, reason) in [#"Task \"timed out\" after 300 seconds"#, "", "\\u0000"].enumerated() {
                try await connection.begin("t\(index)")
                connection.sendSettings("t\(index)", code: "hold")
                _ = try await fixture.dispatcher.submissions.next()
                connection.cancel("t\(index)", reason: reason)
                guard case .error = try await connection.end(of: "t\(index)") else {
                    Issue.record("\(reason) cancelled nothing")
                    return
                }
            }
        }
    }
}
