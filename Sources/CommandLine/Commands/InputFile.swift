import Glibc
import Linux

/// Reads the files that command-line arguments name; `-` is standard input.
package enum InputFile {
    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: A path, or `-`.
    ///   - limit: The largest accepted size, in bytes.
    /// - Returns: The unchanged bytes.
    /// - Throws: ``CommandError`` with a message that names the path.
    package static func bytes(_ path: String, limit: Int = 4 << 30) throws(CommandError) -> [UInt8] {
        do {
            guard path != "-" else { return try FileSystem.readBytes(from: STDIN_FILENO, maximum: limit) }
            return try FileSystem.read(path, maximum: limit, accepting: .streams).bytes
        } catch {
            throw .badInput("cannot read \(path == "-" ? "standard input" : "\"\(path)\""): \(error)")
        }
    }

    /// Whether standard input is a pipe or a regular file, and not a terminal, /dev/null or a socket.
    static var standardInputIsPiped: Bool {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0 else { return false }
        return [S_IFIFO, S_IFREG].contains(status.st_mode & S_IFMT)
    }

    /// Reads a whole file as text.
    ///
    /// - Throws: ``CommandError`` when the file cannot be read or is not UTF-8.
    static func text(_ path: String) throws(CommandError) -> String {
        let bytes = try Self.bytes(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badInput("\(path == "-" ? "standard input" : path) is not UTF-8\(Self.place(ofFault: bytes))")
        }
        return text
    }

    /// The place of the first byte that is not valid UTF-8, for a message.
    static func place(ofFault bytes: [UInt8]) -> String {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        var line = 1
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar):
                offset += UTF8.width(scalar)
                if scalar == "\n" { line += 1 }
            case .emptyInput: return ""
            case .error: return ": byte \(offset), line \(line)"
            }
        }
    }
}
