import JSONBytes
import Tasks

/// What a task has printed so far, and how much of it was streamed.
///
/// Text is escaped once, when it arrives, and kept until the task has ended, since the response repeats all of it; the
/// pool cuts it off at `LOG_LIMIT`. A streaming client that does not read therefore costs no more than one that does:
/// what it has not been sent is a position in here, not a queue.
struct LogTranscript {
    /// Adjacent prints to the same stream.
    private struct Segment {
        let stream: LogStream
        /// The contents of a JSON string.
        var escaped: [UInt8]
    }

    private var segments: [Segment] = []
    /// The first segment that was not streamed to its end, and how much of it was.
    private var streamed = (segment: 0, bytes: 0)

    /// Appends what was printed.
    mutating func append(_ text: String, to stream: LogStream) {
        guard !text.isEmpty else { return }
        if self.segments.last?.stream != stream {
            self.segments.append(Segment(stream: stream, escaped: []))
        }
        JSONEscaping.append(text, to: &self.segments[self.segments.count - 1].escaped)
    }

    /// Writes a `log` event for everything that was not streamed yet, and counts it as streamed.
    mutating func stream(into writer: inout JSONWriter) {
        while self.streamed.segment < self.segments.count {
            let segment = self.segments[self.streamed.segment]
            if self.streamed.bytes < segment.escaped.count {
                writer.beginObject()
                writer.key("event")
                writer.string("log")
                writer.key("stream")
                writer.string(segment.stream.name)
                writer.key("text")
                writer.string(escaped: segment.escaped[self.streamed.bytes...])
                writer.endObject()
                writer.endLine()
            }
            // The last segment may still grow.
            guard self.streamed.segment + 1 < self.segments.count else {
                self.streamed.bytes = segment.escaped.count
                return
            }
            self.streamed = (self.streamed.segment + 1, 0)
        }
    }

    /// Writes the value of `logs`.
    func write(into writer: inout JSONWriter) {
        writer.beginArray()
        for segment in self.segments {
            writer.beginObject()
            writer.key("stream")
            writer.string(segment.stream.name)
            writer.key("text")
            writer.string(escaped: segment.escaped)
            writer.endObject()
        }
        writer.endArray()
    }
}
