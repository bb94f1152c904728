extension Setting {
    /// The groups that an allowlist may name.
    static let moduleGroups: Set<String> = ["@safe"]

    /// All settings, in the order of the documentation.
    public static let all: [Setting] =
        Self.policySettings + Self.limitSettings + Self.accessSettings + Self.poolSettings + Self.serviceSettings
        + Self.bridgeSettings

    private static let policySettings = [
        Setting(
            "STDLIB_ALLOW",
            at: \.standardLibraryAllow,
            .modules(groups: Self.moduleGroups),
            n8n: .named("N8N_RUNNERS_STDLIB_ALLOW", .modules(groups: Self.moduleGroups)),
            change: .reload([.workers]),
            help: "Modules of the standard library that tasks may import."
        ),
        Setting(
            "EXTERNAL_ALLOW",
            at: \.externalAllow,
            .modules(groups: []),
            n8n: .named("N8N_RUNNERS_EXTERNAL_ALLOW", .modules(groups: [])),
            change: .reload([.workers]),
            help: "Other modules that tasks may import."
        ),
        Setting(
            "BUILTINS_DENY",
            at: \.builtinsDeny,
            .builtins,
            n8n: .named("N8N_RUNNERS_BUILTINS_DENY", .builtins),
            change: .reload([.workers]),
            help: "Built-ins that tasks do not have; a list replaces the default list."
        ),
        Setting(
            "BLOCK_RUNNER_ENV_ACCESS",
            at: \.blocksEnvironmentAccess,
            .boolean,
            n8n: .named("N8N_BLOCK_RUNNER_ENV_ACCESS", .boolean(otherwise: true)),
            isOnlyN8N: true,
            change: .restart,
            help: "Whether the environment variables of the service are hidden from tasks."
        ),
    ]

    private static let limitSettings = [
        Setting(
            "MAX_CONCURRENCY",
            at: \.maximumConcurrency,
            .count(1...1000),
            n8n: .named("N8N_RUNNERS_MAX_CONCURRENCY", .wholeNumber(1...1000, clamped: true)),
            change: .restart,
            help: "Tasks that run at once."
        ),
        Setting(
            "MAX_CONCURRENCY_PER_USER",
            at: \.maximumConcurrencyPerUser,
            .countOrAutomatic(1...1000),
            change: .reload([.dispatcher, .bridge]),
            help:
                "Tasks of one user that run at once (n8n is one user, from its next connection on); others wait; auto: MAX_CONCURRENCY."
        ),
        Setting(
            "RATE_PER_USER",
            at: \.ratePerUser,
            .countOrAutomatic(1...1_000_000),
            change: .reload([.dispatcher]),
            help:
                "Tasks and checks that one user may submit in a minute (n8n is one user); further ones are rejected; auto: no limit."
        ),
        Setting(
            "QUEUE_LIMIT",
            at: \.queueLimit,
            .count(0...1_000_000),
            change: .restart,
            help: "Tasks that may wait for a slot; further ones are rejected."
        ),
        Setting(
            "MAX_PAYLOAD",
            at: \.maximumPayload,
            .size(1 << 10...2 << 30),
            n8n: .named("N8N_RUNNERS_MAX_PAYLOAD", .size(1 << 10...2 << 30)),
            change: .reload([.httpServer, .bridge, .memory]),
            help:
                "The largest request body or message; for n8n's messages a reload takes effect at the next connection."
        ),
        Setting(
            "TASK_TIMEOUT",
            at: \.taskTimeout,
            .seconds(from: .milliseconds(1), to: .seconds(604_800)),
            n8n: .named("N8N_RUNNERS_TASK_TIMEOUT", .seconds(from: .milliseconds(1), to: .seconds(604_800))),
            change: .reload([.dispatcher, .workers]),
            help: "The default and the largest run time of a task."
        ),
        Setting(
            "MEMORY_LIMIT",
            at: \.memoryLimit,
            .size(1 << 20...1 << 40),
            change: .reload([.workers]),
            help: "Memory of a task, on top of the memory of a warm worker."
        ),
        Setting(
            "MEMORY_CEILING",
            at: \.memoryCeiling,
            .sizeOrAutomatic(1 << 20...1 << 40),
            change: .reload([.workers]),
            help:
                "For n8n's tasks MEMORY_LIMIT grows by 12 times the size of code and items, up to this; auto: four times MEMORY_LIMIT."
        ),
        Setting(
            "CPU_LIMIT",
            at: \.cpuLimit,
            .secondsOrAutomatic(from: .seconds(1), to: .seconds(604_800)),
            change: .reload([.workers]),
            help: "Processor time of a task."
        ),
        Setting(
            "OUTPUT_LIMIT",
            at: \.outputLimit,
            .size(1 << 10...2 << 30),
            change: .reload([.workers, .memory]),
            help: "The largest result of a task, in bytes of JSON."
        ),
        Setting(
            "LOG_LIMIT",
            at: \.logLimit,
            .size(0...1 << 30),
            change: .reload([.workers, .memory]),
            help: "The largest printed text of a task; the rest is cut off and marked."
        ),
        Setting(
            "TEMP_SIZE",
            at: \.temporaryFolder,
            .sizeOrAutomatic(0...1 << 40),
            change: .reload([.workers]),
            help:
                "A task's temporary folder at /tmp, in memory beside MEMORY_LIMIT; 0: none; auto: 64M for tasks with packages."
        ),
        Setting(
            "MEMORY_PER_USER",
            at: \.memoryPerUser,
            .sizeOrAutomatic(1 << 20...1 << 40),
            change: .reload([.memory]),
            help:
                "Memory that the service uses for the requests and responses of one user; its tasks wait for it, further requests are rejected."
        ),
    ]

    private static let accessSettings = [
        Setting(
            "SOCKET",
            at: \.socket,
            .socket,
            change: .restart,
            help: "The Unix socket; clients read the same variable."
        ),
        Setting(
            "SOCKET_MODE",
            at: \.socketMode,
            .mode,
            change: .restart,
            help: "The mode of the socket; auto is 0660 for the system service and 0600 for a user's."
        ),
        Setting(
            "ALLOWED_UIDS",
            at: \.allowedUIDs,
            .userIDs,
            change: .reload([.httpServer]),
            help: "Users who may connect, besides root and the service's own user."
        ),
    ]

    private static let poolSettings = [
        Setting(
            "WARM_WORKERS",
            at: \.warmWorkers,
            .countOrAutomatic(0...1000),
            change: .restart,
            help: "Workers that are forked and confined ahead of demand."
        ),
        Setting(
            "PRELOAD",
            at: \.preload,
            .preload,
            change: .reload([.workers]),
            help: "Modules that are imported in advance; auto stands for those of the allowlists."
        ),
        Setting(
            "SITE_PACKAGES",
            at: \.sitePackages,
            .folders,
            change: .reload([.workers]),
            help: "Folders with the packages that tasks may import."
        ),
        Setting(
            "SANDBOX",
            at: \.sandbox,
            .sandboxMode,
            change: .restart,
            help: "auto uses every available layer and refuses to start below the minimum; strict requires all."
        ),
        Setting(
            "WORKER_USER",
            at: \.workerUser,
            .workerUser,
            change: .restart,
            help:
                "The user of workers when the service runs as root; auto is terrarium-worker, or 64999 without that user."
        ),
    ]

    private static let serviceSettings = [
        Setting(
            "GRACEFUL_SHUTDOWN_TIMEOUT",
            at: \.gracefulShutdownTimeout,
            .seconds(from: .zero, to: .seconds(3600)),
            n8n: .named("N8N_RUNNERS_GRACEFUL_SHUTDOWN_TIMEOUT", .seconds(from: .zero, to: .seconds(3600))),
            change: .restart,
            help: "How long running tasks may continue after the service is told to stop."
        ),
        Setting(
            "AUTO_SHUTDOWN_TIMEOUT",
            at: \.autoShutdownTimeout,
            .seconds(from: .zero, to: .seconds(604_800)),
            n8n: .named("N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT", .seconds(from: .zero, to: .seconds(604_800))),
            change: .restart,
            help: "How long the service runs without a task before it stops; 0 means no limit."
        ),
        Setting(
            "LOG_LEVEL",
            at: \.logLevel,
            .choice(aliases: ["warn": .warning]),
            n8n: .named("N8N_RUNNERS_LAUNCHER_LOG_LEVEL", .logLevel),
            change: .reload([.log]),
            help: "The lowest level of log lines that are written."
        ),
        Setting(
            "LOG_FORMAT",
            at: \.logFormat,
            .choice(),
            change: .restart,
            help: "How log lines are written."
        ),
        Setting(
            "LOG_STREAMS",
            at: \.logStreams,
            .choice(),
            change: .restart,
            help:
                "Where log lines go: stderr, or split: warnings and errors to stderr, others to stdout; auto: split under n8n's launcher."
        ),
        Setting(
            "AUDIT_LOG",
            at: \.auditLog,
            .audit,
            change: .restart,
            help:
                "Where a line at the start and at the end of each task goes, with hashes of code and items: a file, or the log."
        ),
        Setting(
            "EMBEDDED",
            at: \.embedded,
            .choice(),
            change: .restart,
            help:
                "Whether \"terrarium run\" and \"check\" start a service of their own when none runs; for the environment of the command."
        ),
    ]

    private static let bridgeSettings = [
        Setting(
            "TASK_BROKER_URI",
            at: \.taskBrokerURI,
            .httpURI,
            n8n: .named("N8N_RUNNERS_TASK_BROKER_URI", .httpURI),
            change: .restart,
            help: "The address of n8n's task broker."
        ),
        Setting(
            "GRANT_TOKEN",
            at: \.grantToken,
            .secret,
            n8n: .named("N8N_RUNNERS_GRANT_TOKEN", .headerToken),
            change: .restart,
            isSecret: true,
            help: "A token for one connection to n8n's task broker."
        ),
        Setting(
            "AUTH_TOKEN",
            at: \.authToken,
            .secret,
            n8n: .named("N8N_RUNNERS_AUTH_TOKEN", .bodyToken, prefersFile: true),
            change: .restart,
            isSecret: true,
            help: "The token that n8n's task broker exchanges for a grant token."
        ),
        Setting(
            "HEALTH_CHECK_SERVER_ENABLED",
            at: \.healthCheckServerEnabled,
            .boolean,
            n8n: .named("N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED", .boolean(otherwise: false)),
            change: .restart,
            help: "Whether the health server for n8n's launcher runs."
        ),
        Setting(
            "HEALTH_CHECK_SERVER_HOST",
            at: \.healthCheckServerHost,
            .host,
            n8n: .named("N8N_RUNNERS_HEALTH_CHECK_SERVER_HOST", .host),
            change: .restart,
            help: "The address that the health server listens on."
        ),
        Setting(
            "HEALTH_CHECK_SERVER_PORT",
            at: \.healthCheckServerPort,
            .count(0...65535),
            n8n: .named("N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT", .wholeNumber(0...65535, clamped: false)),
            change: .restart,
            help: "The port of the health server; 0 takes a free one, which the log names."
        ),
    ]
}
