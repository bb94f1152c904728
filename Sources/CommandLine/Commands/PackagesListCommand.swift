import ArgumentParser
import Daemon
import JSONBytes
import Settings
import Text

/// The command `terrarium packages list`.
struct PackagesListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the packages that are installed for tasks.",
        usage: "terrarium packages list [<folder> ...] [<options>]",
        discussion: """
            Without a folder those of TERRARIUM_SITE_PACKAGES are listed, of the environment or of \
            \(ConfigCommand.installedFile). The column "python" has the versions that compiled parts are for; a worker can \
            load those of its own version only, which "terrarium info" names.
            """
    )

    @Argument(help: ArgumentHelp("Folders with packages.", valueName: "folder"), completion: .directory)
    var folders: [String] = []

    @OptionGroup var list: ListOptions

    func run() throws {
        var folders = self.folders
        if folders.isEmpty {
            let source = FileChoice(installed: ConfigCommand.installedFile)
            do {
                let loaded = try ConfigurationSources.load(file: source.path, environment: Environment.variables)
                folders = loaded.settings.sitePackages
            } catch {
                throw CommandError(status: .badConfiguration, message: error.description)
            }
        }
        guard !folders.isEmpty else {
            throw CommandError.badInput("TERRARIUM_SITE_PACKAGES is empty; name a folder with packages")
        }
        let packages = PackageFolders(folders: folders).packages()
        for fault in PackageFolders(folders: folders).faults(allowed: []) {
            Terminal.error("warning: \(PrintableText.line(fault))\n")
        }
        switch self.list.chosen {
        case .table: try Terminal.output(Self.table(packages, on: .standardOutput))
        case .json: try Terminal.output(Self.json(packages))
        }
    }

    private static func table(_ packages: [PackageFolders.Package], on screen: Screen) -> String {
        var table = TextTable(columns: [
            .init(title: "package"), .init(title: "version"), .init(title: "python"),
            .init(title: "folder", overflow: .wrapped),
        ])
        table.rows = packages.map { package in
            [package.name, package.version, package.pythons.joined(separator: ", "), package.folder]
                .map { screen.text($0) }
        }
        return table.text(on: screen)
    }

    private static func json(_ packages: [PackageFolders.Package]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for package in packages {
            writer.beginObject()
            writer.write(package.name, for: "package")
            writer.write(package.version, for: "version")
            writer.key("pythons")
            writer.beginArray()
            for python in package.pythons { writer.string(python) }
            writer.endArray()
            writer.write(package.folder, for: "folder")
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
