import ArgumentParser

/// The options that give a task's code: a file, standard input, or `-c`.
struct CodeOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("A file with the code; - is standard input.", valueName: "file.py"),
        completion: .file()
    )
    var file: String?

    @Option(name: [.customShort("c"), .customLong("code")], help: ArgumentHelp("The code itself.", valueName: "code"))
    var code: String?

    func validate() throws {
        guard (self.file == nil) != (self.code == nil) else {
            throw ValidationError("Give the code once: as a file, as - for standard input, or with -c.")
        }
    }

    /// Reads the code.
    ///
    /// - Throws: ``CommandError`` when the file cannot be read or is not UTF-8.
    func text() throws(CommandError) -> String {
        if let code = self.code { return code }
        return try InputFile.text(self.file ?? "-")
    }

    /// The name of the code in messages.
    var name: String {
        switch self.file {
        case .some("-"): "<stdin>"
        case .some(let path): path
        case .none: "<code>"
        }
    }

    /// The label of the task: the name of the file without its folders.
    var label: String? {
        guard let file = self.file, file != "-" else { return nil }
        return file.split(separator: "/").last.map { String($0.prefix(100)) }
    }
}
