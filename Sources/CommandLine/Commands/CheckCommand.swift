import ArgumentParser
import Client
import Tasks
import Text

/// The command `terrarium check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check Python against the policy without running it.",
        usage: """
            terrarium check <file> ... [<options>]
            terrarium check -c <code> [<options>]
            """,
        discussion: """
            Prints everything that the policy refuses, and advice. Of a folder the files whose names end in .py are checked, \
            and those of the folders below it. Of a workflow that n8n has exported (.json) every Python node is checked, \
            and what its code uses that native Python does not have is refused too.

            With --json the findings are one JSON document on standard output, also when something is refused.

            Exit codes:
              0   nothing is refused
              1   the check did not finish
              2   bad usage or input
              3   no service answers
              4   something is refused
              5   turned away
              77  the sandbox's minimum is not met on this machine
            """
    )

    @Argument(
        help: ArgumentHelp("Files with code and folders; - is standard input.", valueName: "file"),
        completion: .file()
    )
    var files: [String] = []

    @Option(name: [.customShort("c"), .customLong("code")], help: ArgumentHelp("The code itself.", valueName: "code"))
    var code: String?

    @OptionGroup var service: ServiceOptions
    @OptionGroup var list: ListOptions

    @Flag(help: "The code is meant to run once for each item.")
    var each = false

    @Flag(inversion: .prefixedNo, help: "Start a service in this process when none is running.")
    var embedded = true

    func validate() throws {
        guard self.files.isEmpty != (self.code == nil) else {
            throw ValidationError("Give the code as files, as folders, as - for standard input, or with -c.")
        }
    }

    func run() async throws {
        let files = try self.sources()
        let mode: TaskMode = self.each ? .eachItem : .allItems
        let (service, embedded) = (self.service, self.embedded)
        let checked = try await Interrupts.cancelling {
            try await service.withClient(allowsEmbedded: embedded) { client in
                var checked: [CheckedFile] = []
                for (name, code) in files {
                    guard name.hasSuffix(".json") else {
                        let report = try await client.check(TaskSubmission(code: code, mode: mode))
                        checked.append(CheckedFile(name: name, code: code, report: report))
                        continue
                    }
                    for node in try WorkflowFile.nodes(Array(code.utf8), path: name) {
                        let report = try await client.check(TaskSubmission(code: node.code, mode: node.mode))
                        checked.append(CheckedFile(node, path: name, report: report))
                    }
                }
                return checked
            }
        }
        switch self.list.chosen {
        case .json: try Terminal.output(CheckedFile.json(checked))
        case .table: Self.show(checked)
        }
        guard checked.allSatisfy(\.report.violations.isEmpty) else { throw ExitStatus.refusedCode.exitCode }
    }

    private func sources() throws(CommandError) -> [(name: String, code: String)] {
        if let code = self.code { return [("<code>", code)] }
        var sources: [(name: String, code: String)] = []
        for path in try PythonFiles.find(self.files) {
            sources.append((path == "-" ? "<stdin>" : path, try InputFile.text(path)))
        }
        return sources
    }

    private static func show(_ checked: [CheckedFile]) {
        for file in checked {
            let name = file.node.map { "\(file.name) (\(PrintableText.line($0)))" } ?? file.name
            let texts = TaskFailureText(fileName: name, code: file.code, style: .standardError)
            for violation in file.report.violations { Terminal.error(texts.text(violation)) }
            for hint in file.report.hints { Terminal.error(texts.text(hint)) }
        }
        let refused = checked.filter { !$0.report.violations.isEmpty }
        guard checked.count > 1, !refused.isEmpty else { return }
        let count = refused.reduce(0) { $0 + $1.report.violations.count }
        let violations = count == 1 ? "1 violation" : "\(count) violations"
        Terminal.error("\(violations) in \(refused.count) of \(checked.count) files\n")
    }
}
