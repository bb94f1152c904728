import JSONBytes
import NIOCore
import Tasks

@testable import N8NBridge

/// Reads bytes as what n8n's task broker sends: WebSocket frames, a message, and the response to a token exchange; and as
/// the address of a task broker.
enum BridgeFuzz {
    private static let limit = 1000

    /// What came of the bytes, and how it ended.
    private struct Reading: Equatable {
        var events: [WebSocketFrameReader.Event] = []
        var violation: WebSocketViolation?
    }

    static func violation(_ bytes: [UInt8]) -> String? {
        let whole = self.read(bytes, step: .max)
        let parts = self.read(bytes, step: 1)
        guard whole == parts else { return "read as a whole: \(whole), byte by byte: \(parts)" }
        for case .text(let message) in whole.events where message.count > self.limit {
            return "a message of \(message.count) bytes"
        }
        if let token = GrantTokenResponse.token(in: bytes)?.value {
            if let violation = TerminalSafety.violation(line: token, of: "the token") { return violation }
        }
        if let address = TaskBrokerAddress(String(decoding: bytes, as: UTF8.self)) {
            guard (1...65535).contains(address.port), !address.host.isEmpty else { return "\(address)" }
        }
        return (try? TaskBrokerMessageParser.parse(bytes)).flatMap(self.violation)
    }

    /// The names of what the bytes can be read as: `frames`, `message`, `token`, `address`.
    static func kinds(_ bytes: [UInt8]) -> Set<String> {
        var kinds: Set<String> = []
        let frames = self.read(bytes, step: .max)
        if frames.violation == nil, !frames.events.isEmpty { kinds.insert("frames") }
        if (try? TaskBrokerMessageParser.parse(bytes)) != nil { kinds.insert("message") }
        if GrantTokenResponse.token(in: bytes) != nil { kinds.insert("token") }
        if TaskBrokerAddress(String(decoding: bytes, as: UTF8.self)) != nil { kinds.insert("address") }
        return kinds
    }

    private static func violation(_ message: TaskBrokerMessage) -> String? {
        switch message {
        case .offerAccepted(let taskID, let offerID):
            return self.violation(identifier: taskID) ?? self.violation(identifier: offerID)
        case .settings(let taskID, let settings):
            return self.violation(identifier: taskID) ?? self.violation(settings.submission)
        case .unusableSettings(let taskID, _), .cancel(let taskID, _):
            return self.violation(identifier: taskID)
        case .infoRequest, .runnerRegistered, .rpcResponse, .drain, .unknown:
            return nil
        }
    }

    private static func violation(identifier: String) -> String? {
        let allowed = 1...TaskBrokerMessageParser.maximumIdentifier
        return allowed.contains(identifier.utf8.count) ? nil : "an identifier of \(identifier.utf8.count) bytes"
    }

    private static func violation(_ submission: TaskSubmission) -> String? {
        if let label = submission.label {
            let maximum = TaskBrokerMessageParser.maximumLabel
            guard label.utf8.count <= maximum else { return "the label \(label) is too long" }
            if let violation = TerminalSafety.violation(line: label, of: "the label") { return violation }
        }
        do throws(JSONError) {
            let items = submission.task.items.bytes
            try JSONText.validateArrayOfObjects(items, maximumNesting: TaskLimits.maximumNesting)
            return nil
        } catch {
            return "the items are no array of objects: \(error)"
        }
    }

    private static func read(_ bytes: [UInt8], step: Int) -> Reading {
        var reader = WebSocketFrameReader(maximumMessage: self.limit)
        var reading = Reading()
        var buffer = ByteBuffer()
        var rest = bytes[...]
        do throws(WebSocketViolation) {
            while true {
                while let event = try reader.next(from: &buffer) { reading.events.append(event) }
                guard !rest.isEmpty else { return reading }
                buffer.writeBytes(rest.prefix(step))
                rest = rest.dropFirst(step)
            }
        } catch {
            reading.violation = error
            return reading
        }
    }
}
