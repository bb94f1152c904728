import CProbe
import Foundation
import Glibc
import Linux

/// A folder with all that attempts aim at, and the listeners they must not reach; gone with the value.
final class ProbeTargets {
    let folder: String
    private let listener: OwnedDescriptor
    private let abstractName: String
    private let abstract: CInt
    private let tcp: CInt
    private let port: UInt16
    private let segment: Int32
    private let segmentKey: Int32

    init() throws {
        // Not the process's own temporary folder, which other users may not reach.
        self.folder = "/tmp/terrarium-sandbox-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileSystem.makeFolder(self.folder, mode: 0o755)
        try FileSystem.makeFolder(self.folder + "/site", mode: 0o755)
        try FileSystem.makeFolder(self.folder + "/open", mode: 0o777)
        chmod(self.folder + "/open", 0o777)
        try "secret".write(toFile: self.folder + "/secret", atomically: false, encoding: .utf8)
        chmod(self.folder + "/secret", 0o600)
        try "x".write(toFile: self.folder + "/open/of-sibling", atomically: false, encoding: .utf8)
        chmod(self.folder + "/open/of-sibling", 0o644)
        try "value = 1\n".write(toFile: self.folder + "/site/library.py", atomically: false, encoding: .utf8)
        self.listener = try ListeningSocket.bind(path: self.folder + "/socket", mode: 0o777)

        self.abstractName = self.folder.replacing("/", with: "-")
        self.abstract = CProbe_listen_abstract(self.abstractName)
        var port: UInt16 = 0
        self.tcp = CProbe_listen_tcp(&port)
        self.port = port
        self.segmentKey = Int32.random(in: 1...Int32.max)
        self.segment = CProbe_make_segment(self.segmentKey)
    }

    deinit {
        CProbe_remove_segment(self.segment)
        close(self.abstract)
        close(self.tcp)
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// The targets as arguments of the native module's `attempt`, with another writable folder if one is given.
    func pythonArguments(folder: String?) -> String {
        "\"\(self.folder)/secret\", \"\(self.folder)/site/library.py\", \"\(folder ?? self.folder + "/open")\", "
            + "\"\(self.folder)/socket\", \"\(self.abstractName)\", \(self.segmentKey), \(self.port)"
    }

    var options: [String] {
        [
            "secret=\(self.folder)/secret", "library=\(self.folder)/site/library.py", "folder=\(self.folder)/open",
            "socket=\(self.folder)/socket", "abstract=\(self.abstractName)", "port=\(self.port)",
            "site=\(self.folder)/site", "segment=\(self.segmentKey)", "cpu=1",
        ]
    }
}

/// Runs of the probe program, which is built next to the tests.
enum ProbeRun {
    /// One line of an answer: the first word, and the rest.
    struct Answer: Equatable {
        var subject: String
        var text: String
    }

    static let program: String = {
        var own = CommandLine.arguments[0]
        if case .link(let target) = FileSystem.kind(of: "/proc/self/exe") { own = target }
        return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/sandbox-probe"
    }()

    static let isRoot = getuid() == 0

    /// Runs the probe with some arguments and collects its answers.
    static func run(_ command: String, _ arguments: [String], targets: ProbeTargets? = nil) throws -> [Answer] {
        let pair = try SocketPair.stream()
        let process = try ProcessSpawner.spawn(
            executable: self.program,
            arguments: ["sandbox-probe", command] + (targets?.options ?? []) + arguments,
            environment: ["SWIFT_BACKTRACE=enable=no"],
            descriptors: [pair.theirs.rawValue]
        )
        let ours = self.keepOurs(pair)
        var output: [UInt8] = []
        while let some = try DescriptorIO.readSome(maximum: 1 << 16, from: ours.rawValue) { output += some }
        _ = try process.descriptor.wait()
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            return Answer(subject: String(parts[0]), text: parts.count > 1 ? String(parts[1]) : "")
        }
    }

    private static func keepOurs(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.ours }

    /// How each attempt ended outside, by name.
    static func outside(_ names: [String], _ targets: ProbeTargets) throws -> [String: String] {
        self.byName(try self.run("outside", names, targets: targets))
    }

    /// How each attempt ended in a confined worker, and the layers it had.
    static func inside(
        _ names: [String],
        _ targets: ProbeTargets,
        _ options: [String] = []
    ) throws -> (ended: [String: String], layers: [String: Bool], errors: [String]) {
        let answers = try self.run("drive", options + names, targets: targets)
        var layers: [String: Bool] = [:]
        for answer in answers where answer.subject == "layer" {
            let words = answer.text.split(separator: " ")
            layers[String(words[0])] = words[1] == "active"
        }
        let errors = answers.filter { $0.subject == "error" }.map(\.text)
        return (self.byName(answers.filter { $0.subject != "layer" && $0.subject != "error" }), layers, errors)
    }

    static func byName(_ answers: [Answer]) -> [String: String] {
        Dictionary(answers.map { ($0.subject, $0.text) }, uniquingKeysWith: { first, _ in first })
    }

    /// The names of all attempts that the probe can make.
    static func attempts() throws -> [String] {
        try self.run("list", []).map(\.subject)
    }
}
