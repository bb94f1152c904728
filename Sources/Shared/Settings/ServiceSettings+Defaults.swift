import Tasks

extension ServiceSettings {
    /// The defaults of all settings. The comments on the properties of ``ServiceSettings`` say what a value means. nil
    /// stands for a default that depends on the machine or on another setting.
    public init() {
        self.init(
            standardLibraryAllow: ["@safe"],
            externalAllow: [],
            builtinsDeny: TaskPolicy.defaultBuiltinsDeny,
            policyVariables: PolicyVariables(),
            maximumConcurrency: 5,
            queueLimit: 100,
            maximumPayload: 1 << 30,
            taskTimeout: .seconds(60),
            memoryLimit: 256 << 20,
            cpuLimit: nil,
            outputLimit: 64 << 20,
            logLimit: 1 << 20,
            temporaryFolder: nil,
            socket: .automatic,
            socketMode: nil,
            allowedUIDs: [],
            warmWorkers: nil,
            preload: .automatic,
            sitePackages: [],
            sandbox: .auto,
            workerUser: .automatic,
            blocksEnvironmentAccess: true,
            gracefulShutdownTimeout: .seconds(30),
            autoShutdownTimeout: .zero,
            logLevel: .info,
            logFormat: .text,
            logStreams: .auto,
            auditLog: .none,
            embedded: .auto,
            taskBrokerURI: "http://127.0.0.1:5679",
            grantToken: nil,
            authToken: nil,
            healthCheckServerEnabled: false,
            healthCheckServerHost: "127.0.0.1",
            healthCheckServerPort: 5681
        )
    }
}
