import Linux
import PythonRuntime
import Sandbox
import Tasks
import Wire

/// The program `terrarium-worker`: started by the broker with a control socket as descriptor 3, and by nobody else.
public enum WorkerProgram {
    private static let control: CInt = 3

    /// Serves the broker until it closes the control socket, then ends the process.
    public static func run() -> Never {
        do {
            try CurrentProcess.ignore(13)
            let configuration = try self.receiveConfiguration()
            do {
                var server = try self.prepare(configuration)
                try server.run()
            } catch let failure as ForkServerFailure {
                try DescriptorPassing.send(
                    ControlEvent.failed(failure).encoded,
                    descriptor: nil,
                    over: self.control
                )
                CurrentProcess.exitNow(WorkerExitStatus.cannotServe)
            }
            CurrentProcess.exitNow(WorkerExitStatus.done)
        } catch {
            StandardError.write("terrarium-worker: this program is started by terrarium, not by hand (\(error))\n")
            CurrentProcess.exitNow(WorkerExitStatus.brokerGone)
        }
    }

    private static func receiveConfiguration() throws -> WorkerConfiguration {
        guard
            let message = try DescriptorPassing.receive(from: self.control, maximum: ControlRequest.maximumSize),
            case .configure(let configuration) = try ControlRequest(decoding: message.bytes)
        else { throw WireError.invalidField("configuration") }
        return configuration
    }

    /// Everything that happens once, in this order: what is found outside the root before the root is left, the interpreter
    /// only after the identity was given up, the seal only after the last import.
    private static func prepare(_ configuration: WorkerConfiguration) throws -> ForkServer {
        do {
            let installation = try PythonInstallation.locate()
            let profile = SandboxProfile(
                configuration: configuration,
                pythonPaths: installation.readOnlyPaths + configuration.sitePackages
            )
            var confinement = try ServerConfinement.enter(profile)
            let interpreterConfiguration = InterpreterConfiguration(
                installation: installation,
                sitePackages: configuration.sitePackages
            )
            let interpreter = try Interpreter.start(interpreterConfiguration)
            let failures = interpreter.preload(
                PreloadPlan(configuration.preload, policy: configuration.policy).modules
            )
            try interpreter.installPolicy(configuration.policy, configuration: interpreterConfiguration)
            try interpreter.freeze()
            // Before the seal, which refuses it. Only speed is at stake.
            try? CurrentProcess.setTimeSlice(ForkServer.timeSlice)
            try confinement.seal()
            let children = try ChildSignal()
            let report = ForkServerReport(
                pythonVersion: PythonInstallation.version,
                layers: confinement.layers,
                warnings: failures.map { "\($0.module) is allowlisted and cannot be imported: \($0.reason)" }
            )
            try DescriptorPassing.send(ControlEvent.ready(report).encoded, descriptor: nil, over: self.control)
            return ForkServer(
                control: self.control,
                children: children,
                interpreter: interpreter,
                confinement: confinement,
                limits: configuration.limits
            )
        } catch let error as ConfinementError {
            throw ForkServerFailure(reason: .sandbox, message: "\(error)")
        } catch let error as PythonRuntimeError {
            throw ForkServerFailure(reason: .interpreter, message: "\(error)")
        }
    }
}

/// The service's log, as far as this program has any business with it.
enum StandardError {
    static func write(_ text: String) {
        try? DescriptorIO.writeFully(text.utf8, to: 2)
    }
}
