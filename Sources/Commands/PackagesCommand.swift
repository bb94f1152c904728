import ArgumentParser
import Glibc

/// `terrarium packages`.
struct PackagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packages",
        abstract: "Install packages for tasks.",
        subcommands: [PackagesInstallCommand.self]
    )
}

/// `terrarium packages install`: one line of pip, so that nobody has to remember it.
struct PackagesInstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install packages into a folder that tasks may import from.",
        discussion: """
            Runs "PYTHON -m pip install --only-binary :all: --compile --upgrade --target FOLDER -r FILE". Nothing of a
            package is run but what its wheel says, and its byte code is made here, because workers cannot write any. Name
            the folder in TERRARIUM_SITE_PACKAGES and the packages in TERRARIUM_EXTERNAL_ALLOW, and reload the service.
            """
    )

    @Option(
        name: [.customShort("r"), .customLong("requirement")],
        help: ArgumentHelp("A file of requirements, as pip reads them; may be repeated.", valueName: "file")
    )
    var requirements: [String]

    @Option(help: ArgumentHelp("The folder that the packages go into.", valueName: "folder"))
    var into: String

    @Option(
        help: ArgumentHelp(
            "The interpreter that runs pip, of the version that \"terrarium info\" names.",
            valueName: "path"
        )
    )
    var python = "/usr/bin/python3"

    func run() throws {
        let line =
            [self.python, "-m", "pip", "install", "--only-binary", ":all:", "--compile", "--upgrade"]
            + ["--target", self.into] + self.requirements.flatMap { ["-r", $0] }
        var words = line.map { strdup($0) }
        words.append(nil)
        // This process becomes pip, whose output and exit code are the command's.
        execv(self.python, words)
        let code = errno
        for word in words { free(word) }
        throw Complaint(
            status: .failure,
            message:
                "cannot run \(self.python): \(String(cString: strerror(code))); install Debian's python3-pip, or name"
                + " another interpreter that has pip with --python"
        )
    }
}
