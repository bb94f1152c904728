import ArgumentParser
import Daemon
import Tasks

/// `terrarium doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show what holds tasks on this machine, and prove it from inside a worker.",
        discussion: """
            Starts a worker as the service would, under the same settings, and has it attack its own confinement.
            Exit codes: 0 every attempt was stopped, 1 something is amiss.
            """
    )

    @Option(help: ArgumentHelp("A configuration file, as for \"terrarium serve\".", valueName: "file"))
    var config: String?

    func run() async throws {
        let examination: Examination
        do {
            examination = try await Examination(
                environment: Environment.variables,
                configurationFile: self.config
            )
        } catch let error as EmbeddedService.StartError {
            try Terminal.output(Self.offers(Examination.survey()))
            throw Complaint(
                status: error.exit == .badConfiguration ? .badInput : .failure,
                message: error.description
            )
        }
        try Terminal.output(Self.text(examination))
        guard examination.holds else {
            throw Complaint(status: .failure, message: "the sandbox does not hold; do not run other people's code here")
        }
    }

    static func text(_ examination: Examination) -> String {
        var layers = TextTable(columns: [.init(title: "layer"), .init(title: "active"), .init(title: "detail")])
        layers.rows = examination.layers.map { layer in
            [layer.name, layer.isActive ? "yes" : "no", layer.detail]
                .map { TerminalText.harmless($0, keepingLines: false) }
        }
        var attempts = TextTable(columns: [
            .init(title: "attempt in a worker"), .init(title: "result"), .init(title: "how"),
            .init(title: "layers against it"),
        ])
        attempts.rows = examination.attempts.map { attempt in
            [
                attempt.description, attempt.isHeld ? "stopped" : "NOT STOPPED", attempt.detail,
                attempt.layers.joined(separator: ", "),
            ]
            .map { TerminalText.harmless($0, keepingLines: false) }
        }
        let held = examination.attempts.count(where: \.isHeld)
        return Self.offers(examination.offers) + "\nsandbox: \(examination.sandbox.name)\n\n" + layers.text + "\n"
            + attempts.text + "\n\(held) of \(examination.attempts.count) attempts were stopped\n"
    }

    private static func offers(_ offers: [Examination.Offer]) -> String {
        var table = TextTable(columns: [
            .init(title: "this machine"), .init(title: "offered"), .init(title: "finding"),
            .init(title: "to change it"),
        ])
        table.rows = offers.map { offer in
            [offer.layer, offer.isOffered ? "yes" : "no", offer.finding, offer.remedy ?? ""]
                .map { TerminalText.harmless($0, keepingLines: false) }
        }
        return table.text
    }
}
