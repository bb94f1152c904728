import JSONBytes
import Tasks

/// What a task has printed so far, and how much of it was streamed.
///
/// Text is escaped once, when it arrives, and kept until the task has ended, since the response repeats all of it; the
/// pool cuts it off at `LOG_LIMIT`. A streaming client that does not read therefore costs no more than one that does:
/// what it has not been sent is a position in here, not a queue.
struct LogTranscript {
    /// Adjacent prints to the same stream. All text stands in one buffer, because a task may change the stream with every
    /// byte: an array of its own for each would cost many times the text.
    private struct Segment {
        let stream: LogStream
        /// Where it ends in ``escaped``; it begins where the one before ends.
        var end: Int
    }

    private var segments: [Segment] = []
    /// The contents of JSON strings.
    private var escaped: [UInt8] = []
    /// The first segment that was not streamed to its end, and how much of ``escaped`` was streamed.
    private var streamed = (segment: 0, bytes: 0)

    /// Appends what was printed.
    mutating func append(_ text: String, to stream: LogStream) {
        guard !text.isEmpty else { return }
        JSONEscaping.append(text, to: &self.escaped)
        if self.segments.last?.stream == stream {
            self.segments[self.segments.count - 1].end = self.escaped.count
        } else {
            self.segments.append(Segment(stream: stream, end: self.escaped.count))
        }
    }

    /// Writes a `log` event for everything that was not streamed yet, and counts it as streamed.
    mutating func stream(into writer: inout JSONWriter) {
        while self.streamed.segment < self.segments.count {
            let segment = self.segments[self.streamed.segment]
            if self.streamed.bytes < segment.end {
                writer.beginObject()
                writer.key("event")
                writer.string("log")
                writer.key("stream")
                writer.string(segment.stream.name)
                writer.key("text")
                writer.string(escaped: self.escaped[self.streamed.bytes..<segment.end])
                writer.endObject()
                writer.endLine()
                self.streamed.bytes = segment.end
            }
            // The last segment may still grow.
            guard self.streamed.segment + 1 < self.segments.count else { return }
            self.streamed.segment += 1
        }
    }

    /// Writes the value of `logs`.
    func write(into writer: inout JSONWriter) {
        writer.beginArray()
        var start = 0
        for segment in self.segments {
            writer.beginObject()
            writer.key("stream")
            writer.string(segment.stream.name)
            writer.key("text")
            writer.string(escaped: self.escaped[start..<segment.end])
            writer.endObject()
            start = segment.end
        }
        writer.endArray()
    }
}
