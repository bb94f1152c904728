import CPython
import Tasks

/// What `print` shows in n8n's dialect: its arguments as strings of a browser's console.
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
            let text = ExceptionText.bounded(unsafe try encoder.consoleString(argument), to: Self.longestArgument)
            let mark = buffer.count
            Self.write(text, to: buffer)
            // Room for the bracket, and for saying that there was more.
            if buffer.count > Self.longestText - 16 || buffer.state != .complete {
                buffer.rollBack(to: mark)
                Self.write("[cut]", to: buffer)
                break
            }
        }
        buffer.append(0x5D)
    }

    /// One JSON string.
    private static func write(_ text: String, to buffer: OutputBuffer) {
        buffer.append(0x22)
        buffer.append(escaping: text)
        buffer.append(0x22)
    }
}
