import ArgumentParser
import Daemon
import Tasks
import Text

/// The command `terrarium doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show how tasks are confined on this machine, and prove it from inside a worker.",
        discussion: """
            Starts a worker as the service would, under the same settings, and has it attack its own confinement.

            Exit codes: 0 every attempt was stopped, 1 one was not, or no worker could be started.
            """
    )

    @Option(
        help: ArgumentHelp("A configuration file, as for \"terrarium serve\".", valueName: "file"),
        completion: .file()
    )
    var config: String?

    @OptionGroup var list: ListOptions

    func run() async throws {
        let doctor: SandboxDoctor
        do {
            doctor = try await SandboxDoctor(
                environment: Environment.variables,
                configurationFile: self.config
            )
        } catch let error as EmbeddedService.StartError {
            let features = SandboxDoctor.kernelFeatures()
            switch self.list.chosen {
            case .table: try Terminal.output(Self.features(features))
            case .json: try Terminal.output(DoctorReport.json(features: features, error: error.description))
            }
            throw CommandError(
                status: error.exit == .badConfiguration ? .badInput : .failure,
                message: error.description
            )
        }
        switch self.list.chosen {
        case .table: try Terminal.output(Self.text(doctor))
        case .json: try Terminal.output(DoctorReport.json(doctor))
        }
        guard doctor.allStopped else {
            throw CommandError(
                status: .failure,
                message: "the sandbox does not hold; do not run other people's code here"
            )
        }
    }

    static func text(_ doctor: SandboxDoctor) -> String {
        var layers = TextTable(columns: [.init(title: "layer"), .init(title: "active"), .init(title: "detail")])
        layers.rows = doctor.layers.map { layer in
            [layer.name, layer.isActive ? "yes" : "no", layer.detail]
                .map { PrintableText.line($0) }
        }
        var attempts = TextTable(columns: [
            .init(title: "attempt in a worker"), .init(title: "result"), .init(title: "how"),
            .init(title: "layers against it"),
        ])
        attempts.rows = doctor.attempts.map { attempt in
            [
                attempt.description, attempt.isStopped ? "stopped" : "NOT STOPPED", attempt.detail,
                attempt.layers.joined(separator: ", "),
            ]
            .map { PrintableText.line($0) }
        }
        let stopped = doctor.attempts.count(where: \.isStopped)
        return Self.features(doctor.features) + "\nsandbox: \(doctor.sandbox.name)\n\n" + layers.text + "\n"
            + attempts.text + "\n\(stopped) of \(doctor.attempts.count) attempts were stopped\n"
            + doctor.packageFaults.map { "warning: \(PrintableText.line($0))\n" }.joined()
    }

    private static func features(_ features: [SandboxDoctor.KernelFeature]) -> String {
        var table = TextTable(columns: [
            .init(title: "this machine"), .init(title: "offered"), .init(title: "finding"),
            .init(title: "to change it"),
        ])
        table.rows = features.map { feature in
            [feature.layer, feature.isOffered ? "yes" : "no", feature.finding, feature.remedy ?? ""]
                .map { PrintableText.line($0) }
        }
        return table.text
    }
}
