import JSONBytes
import Tasks

/// The prints of one task, and how many of them were streamed to the client. Owned by an ``AwaitedTask``.
///
/// Text is escaped once, when it arrives. It is stored until the task ends, because the response repeats all of it; the
/// pool cuts it at `LOG_LIMIT`. A position in this text, rather than a separate queue, marks how much was sent to a
/// streaming client.
struct LogTranscript {
    /// A run of adjacent prints to the same stream. The text of all segments is in one buffer: a task may change the stream
    /// with every byte, and one array for each print would take many times the size of the text.
    private struct Segment {
        let stream: LogStream
        /// The end of the segment in ``escaped``. The segment begins at the end of its predecessor.
        var end: Int
    }

    private var segments: [Segment] = []
    /// The text of all segments, escaped for JSON strings.
    private var escaped: [UInt8] = []
    /// The first segment that was not streamed completely, and how many bytes of ``escaped`` were streamed.
    private var streamed = (segment: 0, bytes: 0)

    /// Appends a print.
    mutating func append(_ text: String, to stream: LogStream) {
        guard !text.isEmpty else { return }
        JSONEscaping.append(text, to: &self.escaped)
        if self.segments.last?.stream == stream {
            self.segments[self.segments.count - 1].end = self.escaped.count
        } else {
            self.segments.append(Segment(stream: stream, end: self.escaped.count))
        }
    }

    /// Writes `log` events for all text that was not streamed yet, and marks it as streamed.
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
            // Later prints may extend the last segment.
            guard self.streamed.segment + 1 < self.segments.count else { return }
            self.streamed.segment += 1
        }
    }

    /// Writes the array of the member `logs`.
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
