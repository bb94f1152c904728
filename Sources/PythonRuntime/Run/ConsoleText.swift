import CPython
import Tasks

/// What `print` shows in n8n's dialect: its arguments as strings of a browser's console, as n8n's own runner writes them;
/// or the line as Python prints it, when the call gives `sep` or `end`, which n8n's runner does not know.
enum ConsoleText {
    /// The most bytes the text of one print may have.
    static let longestText = 60_000
    /// The most bytes of one argument; what is beyond would not be read anyway.
    private static let longestArgument = 24_000

    /// Writes the arguments of a print as a JSON array of strings.
    static func write(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Int,
        encoder: ItemsEncoder,
        to buffer: OutputBuffer
    ) throws(PythonException) {
        buffer.append(0x5B)
        for index in 0..<count {
            guard let argument = unsafe arguments?[index] else { continue }
            if index > 0 { buffer.append(0x2C) }
            guard Self.write(unsafe try encoder.consoleString(argument), to: buffer) else { break }
        }
        buffer.append(0x5D)
    }

    /// Writes a printed line as a JSON array of one string. A message is a line of the console anyway, so the newline at
    /// its end is left out.
    static func write(line: OutputBuffer, to buffer: OutputBuffer) {
        let end = line.text(max(line.count - 1, 0)..<line.count) == "\n" ? line.count - 1 : line.count
        buffer.append(0x5B)
        // One byte more than is shown says that there was more.
        _ = Self.write(line.text(0..<min(end, Self.longestArgument + 1)), to: buffer)
        buffer.append(0x5D)
    }

    /// One JSON string, cut where it is too long.
    ///
    /// - Returns: Whether there was room for it.
    private static func write(_ text: String, to buffer: OutputBuffer) -> Bool {
        let mark = buffer.count
        Self.writeString(ExceptionText.bounded(text, to: Self.longestArgument), to: buffer)
        // Room for the bracket, and for saying that there was more.
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
