import CPython
import Tasks
import Text

/// The output of `print` in n8n's dialect. The arguments become strings as n8n's own runner writes them to a browser's
/// console. If the call gives `sep` or `end`, which n8n's runner does not support, the output is the line that Python
/// prints.
enum ConsoleText {
    /// The longest text of one print, in bytes.
    static let longestText = 60_000
    /// The longest text of one argument, in bytes.
    private static let longestArgument = 24_000

    /// Writes the arguments of a print as a JSON array of strings.
    static func write(
        _ call: PrintCall,
        encoder: ItemsEncoder,
        to buffer: OutputBuffer
    ) throws(PythonException) {
        buffer.append(0x5B)
        for index in 0..<call.count {
            if index > 0 { buffer.append(0x2C) }
            guard Self.write(try encoder.consoleString(call[index]), to: buffer) else { break }
        }
        buffer.append(0x5D)
    }

    /// Writes a printed line as a JSON array of one string. The newline at its end is left out, because each console
    /// message is a line of its own.
    static func write(line: OutputBuffer, to buffer: OutputBuffer) {
        let end = line.text(max(line.count - 1, 0)..<line.count) == "\n" ? line.count - 1 : line.count
        buffer.append(0x5B)
        // One byte over the limit is read, so that the cut is detected and marked.
        _ = Self.write(line.text(0..<min(end, Self.longestArgument + 1)), to: buffer)
        buffer.append(0x5D)
    }

    /// Writes one JSON string, cut if it is too long.
    ///
    /// - Returns: Whether the string fitted; otherwise a mark was written in its place.
    private static func write(_ text: String, to buffer: OutputBuffer) -> Bool {
        let mark = buffer.count
        Self.writeString(BoundedText.cut(text, toBytes: Self.longestArgument), to: buffer)
        // The 16 bytes are for the closing bracket and the mark of a cut.
        guard buffer.count > Self.longestText - 16 || buffer.state != .complete else { return true }
        buffer.rollBack(to: mark)
        Self.writeString("[cut]", to: buffer)
        return false
    }

    private static func writeString(_ text: String, to buffer: OutputBuffer) {
        buffer.append(0x22)
        buffer.append(escaping: text)
        buffer.append(0x22)
    }
}
