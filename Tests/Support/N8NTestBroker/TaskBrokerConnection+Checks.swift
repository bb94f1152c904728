import Foundation
import NIOCore
import Synchronization

/// The rules of the protocol, checked for every message of the runner.
extension TaskBrokerConnection {
    /// A whole message came.
    package func messageReceived(_ bytes: [UInt8]) {
        do {
            self.events.put(try self.check(bytes))
        } catch {
            self.violated("\(error): \(String(decoding: bytes.prefix(500), as: UTF8.self))")
        }
    }

    /// Holds a message to the rules.
    private func check(_ bytes: [UInt8]) throws -> RunnerEvent {
        guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw MissingEvent(description: "no object")
        }
        func text(_ name: String) throws -> String {
            guard let text = object[name] as? String else { throw MissingEvent(description: "\(name) is no text") }
            return text
        }
        func keys(_ names: String...) throws {
            guard Set(object.keys) == Set(names + ["type"]) else { throw MissingEvent(description: "wrong fields") }
        }
        let type = try text("type")
        return try self.state.withLock { state in
            switch type {
            case "runner:info":
                try keys("name", "types")
                if !state.wasAskedForInfo { throw MissingEvent(description: "introduces itself unasked") }
                state.isInformed = true
                return .info(name: try text("name"), types: object["types"] as? [String] ?? [])
            case "runner:taskoffer":
                try keys("offerId", "taskType", "validFor")
                guard state.isRegistered, !state.isDraining else {
                    throw MissingEvent(description: "offers too early or late")
                }
                let id = try text("offerId")
                guard !state.offers.contains(id), try text("taskType") == "python",
                    let validFor = object["validFor"] as? Int, validFor > 0
                else { throw MissingEvent(description: "a bad offer") }
                state.offers.insert(id)
                return .offer(id: id, validFor: validFor)
            case "runner:taskaccepted":
                try keys("taskId")
                let id = try text("taskId")
                guard case .asked(let time) = state.tasks[id] else {
                    throw MissingEvent(description: "accepts unasked")
                }
                // n8n waits two seconds, in which a machine that is busy with other tests may not get to it.
                if .now() - time > .seconds(60) { throw MissingEvent(description: "accepts too late") }
                state.tasks[id] = .accepted
                let load = state.tasks.values.filter {
                    switch $0 {
                    case .accepted, .running: true
                    case .asked, .cancelled: false
                    }
                }
                if load.count > self.broker.options.capacity { throw MissingEvent(description: "accepts too much") }
                return .accepted(id)
            case "runner:taskrejected":
                try keys("taskId", "reason")
                let id = try text("taskId")
                if case .asked = state.tasks[id] { state.tasks[id] = nil }
                return .rejected(id, reason: try text("reason"))
            case "runner:taskdone":
                try keys("taskId", "data")
                let id = try text("taskId")
                guard case .running = state.tasks.removeValue(forKey: id) else {
                    throw MissingEvent(description: "a result nobody waits for")
                }
                guard let data = object["data"] as? [String: Any], Array(data.keys) == ["result"] else {
                    throw MissingEvent(description: "a bad result")
                }
                let result = try Self.payload(
                    of: bytes,
                    after: #"{"type":"runner:taskdone","taskId":"\#(id)","data":{"result":"#,
                    before: "}}"
                )
                return .done(id, result: result)
            case "runner:taskerror":
                try keys("taskId", "error")
                let id = try text("taskId")
                guard state.tasks.removeValue(forKey: id) != nil || state.strangers.remove(id) != nil else {
                    throw MissingEvent(description: "an error nobody waits for")
                }
                guard let error = object["error"] as? [String: Any], let message = error["message"] as? String,
                    !message.isEmpty
                else { throw MissingEvent(description: "a bad error") }
                _ = try Self.payload(
                    of: bytes,
                    after: #"{"type":"runner:taskerror","taskId":"\#(id)","error":"#,
                    before: "}"
                )
                let text = try JSONSerialization.data(withJSONObject: error, options: [.sortedKeys])
                return .error(id, message: message, text: String(decoding: text, as: UTF8.self))
            case "runner:rpc":
                try keys("callId", "taskId", "name", "params")
                let id = try text("taskId")
                guard case .running = state.tasks[id] else { throw MissingEvent(description: "prints out of its time") }
                let call = try text("callId")
                guard state.calls.insert(call).inserted, try text("name") == "logNodeOutput",
                    let parameters = object["params"] as? [String]
                else { throw MissingEvent(description: "a bad call") }
                _ = try Self.payload(
                    of: bytes,
                    after: #"{"type":"runner:rpc","callId":"\#(call)","taskId":"\#(id)","#
                        + #""name":"logNodeOutput","params":"#,
                    before: "}"
                )
                return .console(id, parameters)
            default:
                throw MissingEvent(description: "an unknown message")
            }
        }
    }

    /// What stands where the words of a task do, if it is one whole value and all around it is as the runner writes it: a
    /// member that is there twice does not show in what a JSON reader makes of a message.
    private static func payload(of bytes: [UInt8], after head: String, before tail: String) throws -> [UInt8] {
        guard bytes.starts(with: head.utf8), bytes.suffix(tail.utf8.count).elementsEqual(tail.utf8) else {
            throw MissingEvent(description: "something else around what a task said")
        }
        let payload = Data(bytes[head.utf8.count..<bytes.count - tail.utf8.count])
        _ = try JSONSerialization.jsonObject(with: payload, options: .fragmentsAllowed)
        // As far as it takes no time: some results have a hundred megabytes.
        guard bytes.prefix(1 << 20).allSatisfy({ $0 >= 0x20 }) else {
            throw MissingEvent(description: "a control character")
        }
        return Array(payload)
    }
}
