import ArgumentParser

/// The format of a list or a report.
enum ListFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case json
}

/// The options of commands that print a list or a report.
struct ListOptions: ParsableArguments {
    @Option(help: "The format of the output.")
    var format = ListFormat.table

    @Flag(help: "The same as --format json.")
    var json = false

    /// The requested format.
    var chosen: ListFormat { self.json ? .json : self.format }
}
