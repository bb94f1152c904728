extension Setting {
    /// The groups that an allowlist may name.
    static let moduleGroups: Set<String> = ["@safe"]

    /// Every setting there is, in the order in which people read about them.
    public static let all: [Setting] =
        Self.policySettings + Self.limitSettings + Self.accessSettings + Self.poolSettings + Self.serviceSettings
        + Self.bridgeSettings

    private static let policySettings = [
        Setting(
            "STDLIB_ALLOW",
            at: \.standardLibraryAllow,
            .modules(groups: Self.moduleGroups),
            n8n: .named("N8N_RUNNERS_STDLIB_ALLOW", .modules(groups: Self.moduleGroups)),
            change: .reload,
            help: "Modules of the standard library that tasks may import."
        ),
        Setting(
            "EXTERNAL_ALLOW",
            at: \.externalAllow,
            .modules(groups: []),
            n8n: .named("N8N_RUNNERS_EXTERNAL_ALLOW", .modules(groups: [])),
            change: .reload,
            help: "Other modules that tasks may import."
        ),
        Setting(
            "BUILTINS_DENY",
            at: \.builtinsDeny,
            .builtins,
            n8n: .named("N8N_RUNNERS_BUILTINS_DENY", .builtins),
            change: .reload,
            help: "Built-ins that tasks do not see, taken literally."
        ),
        Setting(
            "BLOCK_RUNNER_ENV_ACCESS",
            at: \.blocksEnvironmentAccess,
            .boolean,
            n8n: .named("N8N_BLOCK_RUNNER_ENV_ACCESS", .boolean(otherwise: true)),
            isOnlyN8N: true,
            change: .restart,
            help: "Whether the environment of the service is hidden from tasks."
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
            "QUEUE_LIMIT",
            at: \.queueLimit,
            .count(0...1_000_000),
            change: .restart,
            help: "Tasks that may wait before others are turned away."
        ),
        Setting(
            "MAX_PAYLOAD",
            at: \.maximumPayload,
            .size(1 << 10...2 << 30),
            n8n: .named("N8N_RUNNERS_MAX_PAYLOAD", .size(1 << 10...2 << 30)),
            change: .reload,
            help: "The largest request body or message, in bytes; for n8n's messages a reload counts from the next"
                + " connection on."
        ),
        Setting(
            "TASK_TIMEOUT",
            at: \.taskTimeout,
            .seconds(from: .milliseconds(1), to: .seconds(604_800)),
            n8n: .named("N8N_RUNNERS_TASK_TIMEOUT", .seconds(from: .milliseconds(1), to: .seconds(604_800))),
            change: .reload,
            help: "The default and the largest run time of a task."
        ),
        Setting(
            "MEMORY_LIMIT",
            at: \.memoryLimit,
            .size(1 << 20...1 << 40),
            change: .reload,
            help: "Memory of a task, above what a warm worker has."
        ),
        Setting(
            "CPU_LIMIT",
            at: \.cpuLimit,
            .secondsOrAutomatic(from: .seconds(1), to: .seconds(604_800)),
            change: .reload,
            help: "Processor time of a task."
        ),
        Setting(
            "OUTPUT_LIMIT",
            at: \.outputLimit,
            .size(1 << 10...2 << 30),
            change: .reload,
            help: "The largest result of a task, in bytes of JSON."
        ),
        Setting(
            "LOG_LIMIT",
            at: \.logLimit,
            .size(0...1 << 30),
            change: .reload,
            help: "Printed text of a task; what goes beyond is cut off and marked."
        ),
    ]

    private static let accessSettings = [
        Setting(
            "SOCKET",
            at: \.socket,
            .socket,
            change: .restart,
            help: "Where the Unix socket is; clients read the same variable."
        ),
        Setting(
            "SOCKET_MODE",
            at: \.socketMode,
            .mode,
            change: .restart,
            help: "The mode of the socket's file; auto is 0660 for the system's, 0600 for a user's."
        ),
        Setting(
            "ALLOWED_UIDS",
            at: \.allowedUIDs,
            .userIDs,
            change: .reload,
            help: "Users who may connect, besides root and the service's own."
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
            change: .reload,
            help: "Modules imported before a task asks for them; auto is what the allowlists name."
        ),
        Setting(
            "SITE_PACKAGES",
            at: \.sitePackages,
            .folders,
            change: .reload,
            help: "Folders with the packages that tasks may import."
        ),
        Setting(
            "SANDBOX",
            at: \.sandbox,
            .sandboxMode,
            change: .restart,
            help: "auto uses every layer this machine has and refuses less than the floor; strict insists on all."
        ),
        Setting(
            "WORKER_USER",
            at: \.workerUser,
            .workerUser,
            change: .restart,
            help: "Who workers run as when the service is started as root; auto is terrarium-worker, else 64999."
        ),
    ]

    private static let serviceSettings = [
        Setting(
            "GRACEFUL_SHUTDOWN_TIMEOUT",
            at: \.gracefulShutdownTimeout,
            .seconds(from: .zero, to: .seconds(3600)),
            n8n: .named("N8N_RUNNERS_GRACEFUL_SHUTDOWN_TIMEOUT", .seconds(from: .zero, to: .seconds(3600))),
            change: .restart,
            help: "How long running tasks may go on once the service is told to stop."
        ),
        Setting(
            "AUTO_SHUTDOWN_TIMEOUT",
            at: \.autoShutdownTimeout,
            .seconds(from: .zero, to: .seconds(604_800)),
            n8n: .named("N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT", .seconds(from: .zero, to: .seconds(604_800))),
            change: .restart,
            help: "How long the service stays without a task before it ends; 0 is for ever."
        ),
        Setting(
            "LOG_LEVEL",
            at: \.logLevel,
            .choice(aliases: ["warn": .warning]),
            n8n: .named("N8N_RUNNERS_LAUNCHER_LOG_LEVEL", .logLevel),
            change: .reload,
            help: "The least severe log line that is written."
        ),
        Setting(
            "LOG_FORMAT",
            at: \.logFormat,
            .choice(),
            change: .restart,
            help: "How log lines are written to standard error."
        ),
    ]

    private static let bridgeSettings = [
        Setting(
            "TASK_BROKER_URI",
            at: \.taskBrokerURI,
            .httpURI,
            n8n: .named("N8N_RUNNERS_TASK_BROKER_URI", .httpURI),
            change: .restart,
            help: "Where n8n's task broker listens."
        ),
        Setting(
            "GRANT_TOKEN",
            at: \.grantToken,
            .secret,
            n8n: .named("N8N_RUNNERS_GRANT_TOKEN", .headerToken),
            change: .restart,
            isSecret: true,
            help: "The token to connect to n8n's task broker with."
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
            help: "Whether n8n's launcher finds a health server."
        ),
        Setting(
            "HEALTH_CHECK_SERVER_HOST",
            at: \.healthCheckServerHost,
            .host,
            n8n: .named("N8N_RUNNERS_HEALTH_CHECK_SERVER_HOST", .host),
            change: .restart,
            help: "Where the health server listens."
        ),
        Setting(
            "HEALTH_CHECK_SERVER_PORT",
            at: \.healthCheckServerPort,
            .count(0...65535),
            n8n: .named("N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT", .wholeNumber(0...65535, clamped: false)),
            change: .restart,
            help: "The health server's port; 0 takes any that is free, which the log names."
        ),
    ]
}
