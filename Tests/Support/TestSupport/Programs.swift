import Foundation

/// The programs under test, beside the test runner that the package manager has just built with them.
public enum Programs {
    public static let folder: String = {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (runner as NSString).deletingLastPathComponent
    }()

    public static var terrarium: String { "\(self.folder)/terrarium" }
    public static var worker: String { "\(self.folder)/terrarium-worker" }

    /// The package's own folder, for examples and documents.
    public static let package: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Copies a program.
    ///
    /// Another process does it: were the copy open for writing in this one, any child that is started at that moment
    /// would inherit that, and nobody could execute the copy for as long (ETXTBSY of execve(2)).
    public static func copy(_ program: String, to path: String) throws {
        guard try ChildProcess("/bin/cp", [program, path]).wait() == 0 else {
            throw UnixHTTPConnection.Failure(description: "cannot copy \(program) to \(path)")
        }
    }

    /// Writes a script that every user can execute. The file that is executed is a copy, for the reason that ``copy(_:to:)``
    /// has.
    public static func script(_ text: String, to path: String) throws {
        let original = "\(path).original"
        try text.write(toFile: original, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: original)
        try self.copy(original, to: path)
    }

    /// How a program ended, and what it said.
    public struct Finished: Sendable {
        public var status: Int32
        public var output: String
        public var errors: String
    }

    /// Runs a program to its end. The environment is all of it: nothing is inherited but `PATH`.
    public static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String? = nil,
        folder: String? = nil
    ) async throws -> Finished {
        try await offloaded {
            let output = Pipe()
            let errors = Pipe()
            let source = Pipe()
            let process = try ChildProcess(
                program,
                arguments,
                environment: environment.merging(["PATH": "/usr/bin:/bin"]) { own, _ in own },
                folder: folder,
                input: source.fileHandleForReading,
                output: output.fileHandleForWriting,
                errors: errors.fileHandleForWriting
            )
            // Ours would keep a pipe open after the program has ended.
            try source.fileHandleForReading.close()
            try output.fileHandleForWriting.close()
            try errors.fileHandleForWriting.close()
            let writer = Thread { [input] in
                try? source.fileHandleForWriting.write(contentsOf: Data((input ?? "").utf8))
                try? source.fileHandleForWriting.close()
            }
            writer.start()
            // Both at once, or a program that fills one pipe would wait for ever.
            let collected = Collected()
            let group = DispatchGroup()
            DispatchQueue.global().async(group: group) {
                collected.data = errors.fileHandleForReading.readDataToEndOfFile()
            }
            let text = output.fileHandleForReading.readDataToEndOfFile()
            group.wait()
            return Finished(
                status: process.wait(),
                output: String(decoding: text, as: UTF8.self),
                errors: String(decoding: collected.data, as: UTF8.self)
            )
        }
    }

    private final class Collected: @unchecked Sendable {
        var data = Data()
    }
}

/// Does blocking work away from the threads that run async code, of which there are as few as cores.
public func offloaded<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Swift.Result(catching: body))
        }
    }
}
