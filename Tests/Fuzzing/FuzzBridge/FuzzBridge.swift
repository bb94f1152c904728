import NIOCore

@testable import N8NBridge

/// libFuzzer's way in: reads any bytes as what n8n's task broker sends, frame by frame and message by message.
///
/// Build with `TRM_BUILD_FUZZING=1 swift build --scratch-path .build-fuzzing --product FuzzBridge --sanitize=fuzzer
/// --sanitize=address`, run with `SWIFT_BACKTRACE=enable=no`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBridge(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? TaskBrokerMessageParser.parse(bytes)
    _ = GrantTokenResponse.token(in: bytes)
    _ = TaskBrokerAddress(String(decoding: bytes, as: UTF8.self))
    let whole = BridgeFuzz.read(bytes, step: .max)
    let parts = BridgeFuzz.read(bytes, step: 1)
    precondition(whole == parts, "read as a whole: \(whole), byte by byte: \(parts)")
    return 0
}

private enum BridgeFuzz {
    static let limit = 1000

    /// What came of the bytes, and how it ended.
    struct Reading: Equatable {
        var events: [WebSocketFrameReader.Event] = []
        var violation: WebSocketViolation?
    }

    static func read(_ bytes: [UInt8], step: Int) -> Reading {
        var reader = WebSocketFrameReader(maximumMessage: self.limit)
        var reading = Reading()
        var buffer = ByteBuffer()
        var rest = bytes[...]
        do throws(WebSocketViolation) {
            while true {
                while let event = try reader.next(from: &buffer) {
                    if case .text(let message) = event { precondition(message.count <= self.limit) }
                    reading.events.append(event)
                }
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
