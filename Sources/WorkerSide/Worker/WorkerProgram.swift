import Linux
import PythonPolicy
import PythonRuntime
import Sandbox
import Tasks
import Wire

/// The program `terrarium-worker`. The broker starts it with a control socket as descriptor 3.
public enum WorkerProgram {
    private static let control: CInt = 3

    /// Runs a fork server until the broker closes the control socket, then ends the process.
    public static func run() -> Never {
        self.run(program: "terrarium-worker", endsWithBroker: true) { server in try server.run() }
    }

    /// Starts a fork server with the configuration from the control socket, calls `serve`, and ends the process.
    ///
    /// - Parameters:
    ///   - program: The name of this program, for messages.
    ///   - endsWithBroker: Whether the kernel kills this process when the thread that started it ends. The broker keeps
    ///     that thread for this purpose.
    ///   - serve: Runs the fork server until the control socket is closed.
    package static func run(
        program: String,
        endsWithBroker: Bool = false,
        _ serve: (inout ForkServer) throws -> Void
    ) -> Never {
        let configuration: WorkerConfiguration
        do {
            // Ignores SIGPIPE and SIGXFSZ, as the program `python` does. A write that would raise them then fails with
            // an errno.
            try CurrentProcess.ignore(13)
            try CurrentProcess.ignore(25)
            configuration = try self.receiveConfiguration()
        } catch {
            let advice = "this program is started by terrarium or terrarium-bench; do not start it directly"
            StandardError.write("\(program): \(advice) (\(error))\n")
            CurrentProcess.exitNow(WorkerExitStatus.brokerGone)
        }
        do {
            do {
                var server = try self.prepare(configuration, endsWithBroker: endsWithBroker)
                try serve(&server)
            } catch let failure as ForkServerFailure {
                try self.giveUp(.failed(failure))
            }
            CurrentProcess.exitNow(WorkerExitStatus.done)
        } catch {
            // It is not an error if the broker stopped while this process was sending to it.
            if (error as? SystemError)?.isPeerGone != true {
                StandardError.write("\(program): the connection to the service failed: \(error)\n")
            }
            CurrentProcess.exitNow(WorkerExitStatus.brokerGone)
        }
    }

    /// Tells the broker why this process will not serve, and ends the process.
    private static func giveUp(_ reason: ControlEvent) throws -> Never {
        try DescriptorPassing.send(reason.encoded, descriptor: nil, over: self.control)
        CurrentProcess.exitNow(WorkerExitStatus.cannotServe)
    }

    private static func receiveConfiguration() throws -> WorkerConfiguration {
        guard
            let message = try DescriptorPassing.receive(from: self.control, maximum: ControlRequest.maximumSize),
            case .configure(let configuration) = try ControlRequest(decoding: message.bytes)
        else { throw WireError.invalidField("configuration") }
        return configuration
    }

    /// Makes the kernel kill this process when the broker ends, and exits if the broker has ended already. The broker
    /// sends nothing before this process is ready, so a readable control socket means that it was closed.
    private static func endWithBroker() throws {
        try CurrentProcess.endWithParent()
        guard try DescriptorIO.poll(readable: [self.control], timeout: .zero)[0].isEmpty else {
            CurrentProcess.exitNow(WorkerExitStatus.brokerGone)
        }
    }

    /// Prepares the fork server. The order matters: Python is located before pivot_root hides the file system, the
    /// interpreter starts after the identity has been dropped, and the seal (landlock, seccomp) comes after the last
    /// import.
    private static func prepare(_ configuration: WorkerConfiguration, endsWithBroker: Bool) throws -> ForkServer {
        do {
            try PythonInstallation.checkVersion()
            let installation = try PythonInstallation.locate()
            let profile = SandboxProfile(
                configuration: configuration,
                pythonPaths: installation.readOnlyPaths + configuration.sitePackages
            )
            var confinement = try ServerConfinement.enter(profile)
            // This comes after the change of identity, which would cancel the setting. It comes before the imports of
            // packages, which may never end and during which the control socket is not read.
            if endsWithBroker { try self.endWithBroker() }
            let interpreterConfiguration = InterpreterConfiguration(
                installation: installation,
                sitePackages: configuration.sitePackages,
                temporaryFolders: confinement.temporaryFolders,
                hiddenVariables: confinement.ownVariables
            )
            let interpreter = try Interpreter.start(interpreterConfiguration)
            let preload = try Preload(configuration).run(in: interpreter, threads: { try confinement.threadCount() })
            guard preload.threadStarters.isEmpty else { try self.giveUp(.preloadStartsThreads(preload.threadStarters)) }
            try interpreter.installPolicy(configuration.policy, configuration: interpreterConfiguration)
            try interpreter.freeze()
            // The time slice is set before the seal, which refuses the call. A failure only costs speed.
            try? CurrentProcess.setTimeSlice(ForkServer.timeSlice)
            try confinement.seal()
            let children = try ChildSignal()
            let report = ForkServerReport(
                pythonVersion: PythonInstallation.version,
                layers: confinement.layers,
                warnings: preload.warnings + confinement.warnings
            )
            try DescriptorPassing.send(ControlEvent.ready(report).encoded, descriptor: nil, over: self.control)
            return ForkServer(
                control: self.control,
                children: children,
                interpreter: interpreter,
                confinement: confinement,
                limits: configuration.limits,
                temporaryFolder: confinement.temporaryFolder == nil ? 0 : configuration.temporaryFolder
            )
        } catch let error as ConfinementError {
            throw ForkServerFailure(reason: .sandbox, message: "\(error)")
        } catch let error as PythonRuntimeError {
            throw ForkServerFailure(reason: .interpreter, message: "\(error)")
        }
    }
}

/// Standard error, which the broker forwards to the service's log.
enum StandardError {
    static func write(_ text: String) {
        try? DescriptorIO.writeFully(text.utf8, to: 2)
    }
}
