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
            case .table: try Terminal.output(Self.features(features, on: .standardOutput))
            case .json: try Terminal.output(DoctorReport.json(features: features, error: error.description))
            }
            throw CommandError(
                status: error.exit == .badConfiguration ? .badInput : .failure,
                message: error.description
            )
        }
        switch self.list.chosen {
        case .table: try Terminal.output(Self.text(doctor, on: .standardOutput))
        case .json: try Terminal.output(DoctorReport.json(doctor))
        }
        guard doctor.allStopped else {
            throw CommandError(
                status: .failure,
                message: "the sandbox does not hold; do not run other people's code here"
            )
        }
    }

    private static func text(_ doctor: SandboxDoctor, on screen: Screen) -> String {
        let stopped = doctor.attempts.count(where: \.isStopped)
        let layers = doctor.layers.map { [$0.name, $0.isActive ? "yes" : "no", $0.detail] }
        let attempts = doctor.attempts.map { attempt in
            [
                attempt.description, attempt.isStopped ? "stopped" : "NOT STOPPED", attempt.detail,
                attempt.layers.joined(separator: ", "),
            ]
        }
        return Self.features(doctor.features, on: screen) + "\nsandbox: \(doctor.sandbox.name)\n\n"
            + Self.layers(layers, on: screen) + "\n" + Self.attempts(attempts, on: screen)
            + "\n\(stopped) of \(doctor.attempts.count) attempts were stopped\n"
            + doctor.packageFaults.map { "warning: \(PrintableText.line($0))\n" }.joined()
    }

    private static func features(_ features: [SandboxDoctor.KernelFeature], on screen: Screen) -> String {
        let rows = features.map { [$0.layer, $0.isOffered ? "yes" : "no", $0.finding, $0.remedy ?? ""] }
        return Self.features(rows, on: screen)
    }

    // MARK: Tables

    static func features(_ rows: [[String]], on screen: Screen) -> String {
        Self.table(["this machine", "offered", "finding", "to change it"], rows, on: screen)
    }

    static func layers(_ rows: [[String]], on screen: Screen) -> String {
        Self.table(["layer", "active", "detail"], rows, on: screen)
    }

    static func attempts(_ rows: [[String]], on screen: Screen) -> String {
        Self.table(["attempt in a worker", "result", "how", "layers against it"], rows, on: screen)
    }

    /// A table whose second column is a word, and whose other columns take several lines where it is too wide.
    private static func table(_ titles: [String], _ rows: [[String]], on screen: Screen) -> String {
        let columns: [TextTable.Column] = titles.enumerated().map { index, title in
            .init(title: title, overflow: index == 1 ? .kept : .wrapped)
        }
        var table = TextTable(columns: columns)
        table.rows = rows.map { $0.map { screen.text($0) } }
        return table.text(on: screen)
    }
}
