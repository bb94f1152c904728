import ArgumentParser
import Glibc

/// `terrarium packages install`: runs pip with the options that packages for tasks need.
struct PackagesInstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install packages into a folder that tasks may import from.",
        usage: "terrarium packages install -r <file> ... --into <folder> [<options>]",
        discussion: """
            Runs "PYTHON -m pip install --only-binary :all: --compile --upgrade --target FOLDER -r FILE". Nothing of a \
            package is run but what its wheel says, and its byte code is made here, because workers cannot write any. Name \
            the folder in TERRARIUM_SITE_PACKAGES and the packages in TERRARIUM_EXTERNAL_ALLOW, and reload the service.
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
        var words = line.map { strdup($0) }
        words.append(nil)
        // execv: pip replaces this process, so that its output and exit code are those of the command.
        execv(self.python, words)
        let code = errno
        for word in words { free(word) }
        throw CommandError(
            status: .failure,
            message:
                "cannot run \(self.python): \(String(cString: strerror(code))); install Debian's python3-pip, or name"
                + " another interpreter that has pip with --python"
        )
    }
}
