import Glibc

/// Reads what a person names on the command line: a file, or `-` for standard input.
enum InputFile {
    /// Reads all of it.
    ///
    /// - Parameters:
    ///   - path: A path, or `-`.
    ///   - limit: More bytes than this are refused.
    /// - Returns: The bytes, as they are.
    /// - Throws: ``Complaint`` in words that name the path.
    static func bytes(_ path: String, limit: Int = 4 << 30) throws(Complaint) -> [UInt8] {
        guard path != "-" else { return try Self.read(STDIN_FILENO, name: "standard input", limit: limit) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .badInput("cannot read \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw .badInput("cannot read \(path): it is a directory")
        }
        return try Self.read(descriptor, name: path, expected: Int(status.st_size), limit: limit)
    }

    /// Reads all of it as text, without a byte-order mark.
    ///
    /// - Throws: ``Complaint``, also when it is not UTF-8.
    static func text(_ path: String) throws(Complaint) -> String {
        let bytes = try Self.bytes(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badInput("\(path == "-" ? "standard input" : path) is not UTF-8\(Self.place(ofFault: bytes))")
        }
        return text
    }

    /// Where the first byte is that does not belong into UTF-8.
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

    private static func read(
        _ descriptor: CInt,
        name: String,
        expected: Int = 0,
        limit: Int
    ) throws(Complaint) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(expected, limit) + 1)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .badInput("cannot read \(name): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw .badInput("\(name) is larger than \(limit) bytes") }
        }
    }
}
