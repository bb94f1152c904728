import ArgumentParser
import Daemon
import Glibc

/// `terrarium packages install`: runs pip with the options that packages for tasks need.
struct PackagesInstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install packages into a folder that tasks may import from.",
        usage: "terrarium packages install -r <file> ... --into <folder> [<options>]",
        discussion: """
            Runs "PYTHON -m pip install --only-binary :all: --compile --upgrade --target FOLDER -r FILE". Nothing of a \
            package is run but what its wheel says, and its byte code is made here, because workers cannot write any. \
            The lines that allow the packages are printed at the end.
            """
    )

    @Option(
        name: [.customShort("r"), .customLong("requirement")],
        help: ArgumentHelp("A file of requirements, as pip reads them; may be repeated.", valueName: "file"),
        completion: .file()
    )
    var requirements: [String]

    @Option(help: ArgumentHelp("The folder that the packages go into.", valueName: "folder"), completion: .directory)
    var into: String

    @Option(
        help: ArgumentHelp(
            "The interpreter that runs pip, of the version that \"terrarium info\" names.",
            valueName: "path"
        ),
        completion: .file()
    )
    var python = "/usr/bin/python3"

    func run() throws {
        let line =
            [self.python, "-m", "pip", "install", "--only-binary", ":all:", "--compile", "--upgrade"]
            + ["--target", self.into] + self.requirements.flatMap { ["-r", $0] }
        let status = try self.runPip(line)
        guard status == 0 else { throw ExitCode(status) }
        if !PackageFolders.isReadableByAll(self.into) {
            Terminal.error("warning: other users may not read \(self.into); run chmod -R a+rX \(self.into)\n")
        }
        let path = self.into.hasPrefix("/") ? self.into : "\(Self.currentFolder)/\(self.into)"
        let names = PackageFolders(folders: [self.into]).requestedModules()
        Terminal.error(
            """
            next: allow what tasks may import of it in \(ConfigCommand.installedFile), and reload
              TERRARIUM_SITE_PACKAGES=\(path)
              TERRARIUM_EXTERNAL_ALLOW=\(names.prefix(8).joined(separator: ","))
              sudo systemctl reload terrarium
            "terrarium packages list \(self.into)" shows what is installed.

            """
        )
    }

    private static var currentFolder: String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    /// Runs pip with the standard streams of this command, and waits until it has ended.
    ///
    /// - Returns: The exit code of pip, or 128 plus the number of the signal that ended it.
    private func runPip(_ line: [String]) throws(CommandError) -> Int32 {
        func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }
        let words = strings(line)
        let variables = strings(Environment.variables.map { "\($0.key)=\($0.value)" })
        defer { for word in words + variables { free(word) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, self.python, nil, nil, words, variables)
        guard code == 0 else {
            throw CommandError(
                status: .failure,
                message:
                    "cannot run \(self.python): \(String(cString: strerror(code))); install Debian's python3-pip, or name"
                    + " another interpreter that has pip with --python"
            )
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
