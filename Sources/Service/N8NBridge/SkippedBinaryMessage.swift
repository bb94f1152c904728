/// The pipeline event for a received binary message. n8n's protocol has no binary messages, so the payload was discarded.
struct SkippedBinaryMessage: Sendable {
    var bytes: Int
}
