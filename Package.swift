// swift-tools-version: 6.2

import PackageDescription

// The target table of docs/architecture.md. A target imports what is listed here and nothing else:
// `swift build --explicit-target-dependency-import-check error` holds it to that. The folders of Sources and Tests say
// which program or part of it the targets belong to.

/// A target below `Sources/<room>`.
func library(_ name: String, in room: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(room)/\(name)")
}

/// A program below `Sources/<room>`.
func program(_ name: String, in room: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/\(room)/\(name)")
}

/// The tests below `Tests/<room>`.
func tests(_ name: String, in room: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(room)/\(name)", exclude: exclude)
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let http1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let webSocket: [Target.Dependency] = [
    http1,
    .product(name: "NIOWebSocket", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// The embedded CPython: the system's own, or the version that TRM_PYTHON names, such as `3.13` (`make PYTHON=3.13`).
/// Sources/WorkerSide/CPython/version.h refuses versions that the guards were not derived from.
let python = Context.environment["TRM_PYTHON"].flatMap { $0.isEmpty ? nil : "python-\($0)-embed" } ?? "python3-embed"

let package = Package(
    name: "terrarium",
    products: [
        .executable(name: "terrarium", targets: ["terrarium"]),
        .executable(name: "terrarium-worker", targets: ["terrarium-worker"]),
        .executable(name: "terrarium-bench", targets: ["terrarium-bench"]),
        .executable(name: "terrarium-baseline", targets: ["terrarium-baseline"]),
    ],
    // Pinned here, because Package.resolved is not part of the repository. To move one: raise its version, run
    // `swift package resolve`, then `make test` and `make bench`, and name the versions in the commit.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // Shared: values and bytes, in both programs; Settings in terrarium alone.
        library("Tasks", in: "Shared"),
        library("Text", in: "Shared"),
        library("Settings", in: "Shared", ["Tasks", "Text"]),
        library("JSONBytes", in: "Shared", ["Text"]),
        library("TaskJSON", in: "Shared", ["Tasks", "JSONBytes"]),
        library("Wire", in: "Shared", ["Tasks", "Text"]),

        // System: the kernel's calls and the sandbox, in both programs.
        .systemLibrary(
            name: "CSeccomp",
            path: "Sources/System/CSeccomp",
            pkgConfig: "libseccomp",
            providers: [.apt(["libseccomp-dev"])]
        ),
        library("CLinux", in: "System"),
        library("Linux", in: "System", ["CLinux"]),
        library("Sandbox", in: "System", ["Tasks", "Linux", "CSeccomp"]),

        // The worker's side: CPython, no NIO, no Foundation.
        .systemLibrary(
            name: "CPython",
            path: "Sources/WorkerSide/CPython",
            pkgConfig: python,
            providers: [.apt(["libpython3-dev"])]
        ),
        library("PythonRuntime", in: "WorkerSide", ["CPython", "Tasks", "Text", "JSONBytes"]),
        library("PythonPolicy", in: "WorkerSide", ["CPython", "PythonRuntime", "Tasks"]),
        library(
            "Worker",
            in: "WorkerSide",
            ["Tasks", "Text", "Linux", "Wire", "Sandbox", "PythonRuntime", "PythonPolicy", "JSONBytes"]
        ),
        program("terrarium-worker", in: "WorkerSide", ["Worker"]),

        // The service: NIO, no Python.
        library("Listener", in: "Service", ["Tasks", logging, deque] + nio),
        library(
            "HTTPAPI",
            in: "Service",
            ["Tasks", "Text", "JSONBytes", "TaskJSON", "Linux", "Listener", logging, serviceLifecycle, http1] + nio
        ),
        library(
            "N8NBridge",
            in: "Service",
            ["Tasks", "Text", "JSONBytes", "Linux", "Listener", logging, serviceLifecycle, asyncHTTPClient] + nio
                + webSocket
        ),
        library("Dispatcher", in: "Service", ["Tasks", deque]),
        library(
            "WorkerPool",
            in: "Service",
            ["Tasks", "Text", "Wire", "Linux", "Sandbox", "JSONBytes", logging, serviceLifecycle, deque] + nio
        ),
        library(
            "Daemon",
            in: "Service",
            [
                "Tasks", "Text", "Settings", "JSONBytes", "Linux", "Sandbox", "WorkerPool", "Dispatcher", "HTTPAPI",
                "N8NBridge", logging, serviceLifecycle, deque, crypto,
            ] + nio
        ),

        // The command line.
        library(
            "Client",
            in: "CommandLine",
            ["Tasks", "Settings", "JSONBytes", asyncHTTPClient, http1]
                + nio
        ),
        library(
            "Commands",
            in: "CommandLine",
            ["Tasks", "Text", "Settings", "JSONBytes", "TaskJSON", "Linux", "Client", "Daemon", argumentParser]
        ),
        program("terrarium", in: "CommandLine", ["Commands"]),

        // Benchmarks: measure the service against baselines of the same run; neither terrarium nor terrarium-worker links them.
        library("Baselines", in: "Benchmarks", ["Wire"]),
        program(
            "terrarium-baseline",
            in: "Benchmarks",
            ["Baselines", "Worker", "PythonRuntime", "Linux", "Tasks", "Wire"]
        ),
        library(
            "Benchmarking",
            in: "Benchmarks",
            [
                "Baselines", "Client", "Commands", "Daemon", "JSONBytes", "Linux", "Sandbox", "Settings", "Tasks",
                "Text",
                "Wire", "WorkerPool", argumentParser,
            ]
        ),
        program("terrarium-bench", in: "Benchmarks", ["Benchmarking", "Commands"]),

        // Tests: rooms as in Sources; EndToEnd holds those of the programs as a whole.
        tests("TasksTests", in: "Shared", ["Tasks"]),
        tests("TextTests", in: "Shared", ["Text"]),
        tests("SettingsTests", in: "Shared", ["Settings", "Tasks"]),
        tests("JSONBytesTests", in: "Shared", ["JSONBytes", "Text", "TestSupport"]),
        tests("WireTests", in: "Shared", ["Wire", "Tasks", "TestSupport"]),
        tests("LinuxTests", in: "System", ["Linux", "TestSupport"]),
        .target(name: "CProbe", path: "Tests/System/CProbe"),
        .executableTarget(
            name: "sandbox-probe",
            dependencies: ["CProbe", "Linux", "Sandbox", "Tasks"],
            path: "Tests/System/SandboxProbe"
        ),
        tests(
            "SandboxTests",
            in: "System",
            ["CProbe", "Linux", "Sandbox", "Tasks", "TestSupport", "sandbox-probe"],
            exclude: ["Golden", "NativeProbe"]
        ),
        // Runs the programs of EscapeTests and HonestyTests as a worker would; no product contains it.
        .executableTarget(
            name: "PolicyDriver",
            dependencies: ["CPython", "PythonRuntime", "PythonPolicy", "Tasks"],
            path: "Tests/WorkerSide/PolicyDriver"
        ),
        tests(
            "EscapeTests",
            in: "WorkerSide",
            ["PolicyDriver", "TestSupport"],
            exclude: ["Cases", "crawl.txt", "generator-library.txt", "generator-task.txt", "packages.txt"]
        ),
        tests("HonestyTests", in: "WorkerSide", ["PolicyDriver", "TestSupport"], exclude: ["Programs"]),
        tests(
            "PackageTests",
            in: "WorkerSide",
            ["PolicyDriver", "TestSupport"],
            exclude: ["Packages", "Suites", "plain.py"]
        ),
        tests(
            "PythonRuntimeTests",
            in: "WorkerSide",
            ["PythonRuntime", "PythonPolicy", "CPython", "Tasks", "TestSupport"]
        ),
        tests("ListenerTests", in: "Service", ["Listener"]),
        tests(
            "PythonPolicyTests",
            in: "WorkerSide",
            ["PythonPolicy", "PythonRuntime", "Tasks", "TestSupport"]
        ),
        tests(
            "WorkerTests",
            in: "WorkerSide",
            ["Worker", "PythonPolicy", "PythonRuntime", "Linux", "Tasks", "Wire", "TestSupport"]
        ),
        tests(
            "HTTPAPITests",
            in: "Service",
            [
                "HTTPAPI", "Listener", "RequestStreams", "TestSupport", "Tasks", "JSONBytes", "Linux", logging,
                serviceLifecycle, http1,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio
        ),
        tests(
            "N8NBridgeTests",
            in: "Service",
            [
                "N8NBridge", "N8NTestBroker", "Linux", "Listener", "TestSupport", "Tasks", "JSONBytes", logging,
                serviceLifecycle,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio + webSocket
        ),
        tests("DispatcherTests", in: "Service", ["Dispatcher", "Tasks", "TestSupport"]),
        tests(
            "WorkerPoolTests",
            in: "Service",
            [
                "WorkerPool", "Linux", "Sandbox", "Tasks", "TestSupport", "Wire", logging,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio
        ),
        tests(
            "DaemonTests",
            in: "Service",
            ["Daemon", "Tasks", "Text", "Settings", "Linux", "N8NBridge", "WorkerPool", "TestSupport", logging]
        ),
        tests("ClientTests", in: "CommandLine", ["Client", "JSONBytes", "Settings", "Tasks", "TestSupport"]),
        tests(
            "CommandsTests",
            in: "CommandLine",
            ["Commands", "Client", "Settings", "Tasks", "Text", "TestSupport"],
            exclude: ["Golden"]
        ),
        tests(
            "BenchmarkingTests",
            in: "Benchmarks",
            ["Benchmarking", "Baselines", "Commands", "Settings", "TestSupport", "Wire"]
        ),
        tests("IntegrationTests", in: "EndToEnd", ["TestSupport"]),
        tests("BridgeIntegrationTests", in: "EndToEnd", ["N8NTestBroker", "TestSupport"] + nio),
        tests("PackagingTests", in: "EndToEnd", ["TestSupport"]),
        tests("SoakTests", in: "EndToEnd", ["N8NTestBroker", "TestSupport"]),
        tests("FuzzingTests", in: "Fuzzing", ["FuzzEntries", "TestSupport"]),
        .target(
            name: "FuzzEntries",
            dependencies: [
                "Client", "Commands", "JSONBytes", "N8NBridge", "Settings", "Tasks", "Text",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Support/FuzzEntries"
        ),
        .target(
            name: "TestSupport",
            dependencies: ["CTestSupport", "Linux", "CPython"],
            path: "Tests/Support/TestSupport"
        ),
        .target(name: "CTestSupport", path: "Tests/Support/CTestSupport"),
        .target(
            name: "RequestStreams",
            dependencies: [
                "HTTPAPI", "Linux", "Listener", "Tasks", logging, .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio,
            path: "Tests/Support/RequestStreams"
        ),
        .target(name: "N8NTestBroker", dependencies: nio + webSocket, path: "Tests/Support/N8NTestBroker"),
    ]
)

// Measures the parts by themselves (docs/performance.md); needs no package but swift-collections.
if Context.environment["TRM_BUILD_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Microbenchmarks",
            dependencies: [
                "CPython", "PythonRuntime", "PythonPolicy", "Tasks", "JSONBytes", "Wire", "Dispatcher", "Linux",
            ],
            path: "Tests/Benchmarks/Microbenchmarks"
        )
    )
}

for target in package.targets where [.executable, .regular, .test].contains(target.type) {
    // By name: a test for a leading "C" would skip Client and Commands as well.
    guard !["CLinux", "CProbe", "CTestSupport"].contains(target.name) else { continue }
    var settings = target.swiftSettings ?? []
    settings += [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
    // A compiler that is newer than those this project is tested with may warn of more.
    #if !compiler(>=6.4)
    settings.append(.treatAllWarnings(as: .error))
    #endif
    if ["Linux", "PythonRuntime", "PythonPolicy", "Sandbox"].contains(target.name) {
        settings.append(.strictMemorySafety())
    }
    target.swiftSettings = settings
}

// Fuzz targets define no main of their own, so that they only link under `--sanitize=fuzzer`.
if Context.environment["TRM_BUILD_FUZZING"] != nil {
    for name in ["FuzzSettings", "FuzzClient", "FuzzItems", "FuzzJSON", "FuzzBridge"] {
        package.targets.append(
            .executableTarget(name: name, dependencies: ["FuzzEntries"], path: "Tests/Fuzzing/\(name)")
        )
    }
    package.targets.append(
        .executableTarget(name: "FuzzHTTP", dependencies: ["RequestStreams"], path: "Tests/Fuzzing/FuzzHTTP")
    )
    for name in ["FuzzDecoder", "FuzzCode"] {
        package.targets.append(
            .executableTarget(
                name: name,
                dependencies: ["PythonRuntime", "PythonPolicy", "Tasks"],
                path: "Tests/Fuzzing/\(name)"
            )
        )
    }
    package.targets.append(
        .executableTarget(
            name: "FuzzWorkerFrames",
            dependencies: ["WorkerPool", "Wire", "Tasks"],
            path: "Tests/Fuzzing/FuzzWorkerFrames"
        )
    )
    package.targets.append(
        .executableTarget(
            name: "FuzzControlMessages",
            dependencies: ["Wire"],
            path: "Tests/Fuzzing/FuzzControlMessages"
        )
    )
}
