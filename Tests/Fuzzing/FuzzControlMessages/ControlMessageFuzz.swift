import Wire

/// Holds the messages of a fork server's control socket to what they promise for any bytes: what decodes can be encoded, and
/// decodes to the same again. Used by the fuzz target, and by the tests, which replay its corpus.
enum ControlMessageFuzz {
    /// Traps when a promise is broken.
    static func check(_ bytes: [UInt8]) {
        if let event = try? ControlEvent(decoding: bytes) {
            let again = try? ControlEvent(decoding: event.encoded)
            precondition(again == event, "\(event) became \(String(describing: again))")
        }
        if let request = try? ControlRequest(decoding: bytes) {
            let again = try? ControlRequest(decoding: request.encoded)
            precondition(again == request, "\(request) became \(String(describing: again))")
        }
    }
}
