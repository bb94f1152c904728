// swift-tools-version: 6.2

import PackageDescription

// The target table of docs/architecture.md. A target imports what is listed here and nothing else:
// `swift build --explicit-target-dependency-import-check error` holds it to that.

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let webSocket: [Target.Dependency] = [
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "terrarium",
    products: [
        .executable(name: "terrarium", targets: ["terrarium"]),
        .executable(name: "terrarium-worker", targets: ["terrarium-worker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Shared by both programs: values, bytes, system calls, confinement.
        .systemLibrary(name: "CPython", pkgConfig: "python3-embed", providers: [.apt(["libpython3-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .target(name: "CLinux"),
        .target(name: "Tasks"),
        .target(name: "JSONBytes"),
        .target(name: "Wire", dependencies: ["Tasks"]),
        .target(name: "Linux", dependencies: ["CLinux"]),
        .target(name: "Sandbox", dependencies: ["Tasks", "Linux", "CSeccomp"]),

        // The worker's side: CPython, no NIO, no Foundation.
        .target(name: "PythonRuntime", dependencies: ["CPython", "Tasks"]),
        .target(name: "Worker", dependencies: ["Tasks", "Linux", "Wire", "Sandbox", "PythonRuntime", "JSONBytes"]),
        .executableTarget(name: "terrarium-worker", dependencies: ["Worker"]),

        // The broker's side: NIO, no Python.
        .target(
            name: "WorkerPool",
            dependencies: ["Tasks", "Wire", "Linux", "Sandbox", "JSONBytes", logging, serviceLifecycle] + nio
        ),
        .target(name: "Dispatcher", dependencies: ["Tasks", logging]),
        .target(
            name: "Broker",
            dependencies: [
                "Tasks", "JSONBytes", "Linux", logging, serviceLifecycle,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio
        ),
        .target(
            name: "N8NBridge",
            dependencies: ["Tasks", "JSONBytes", logging, serviceLifecycle] + nio + webSocket
        ),
        .target(
            name: "Client",
            dependencies: [
                "Tasks", "JSONBytes",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "Daemon",
            dependencies: [
                "Tasks", "JSONBytes", "Linux", "Sandbox", "WorkerPool", "Dispatcher", "Broker", "N8NBridge", logging,
                serviceLifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ] + nio
        ),
        .target(name: "Commands", dependencies: ["Tasks", "JSONBytes", "Linux", "Client", "Daemon", argumentParser]),
        .executableTarget(name: "terrarium", dependencies: ["Commands"]),
        .testTarget(
            name: "BrokerTests",
            dependencies: [
                "Broker", "Tasks", "JSONBytes", "Linux", logging, serviceLifecycle,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio
        ),
        .target(name: "N8NTestBroker", dependencies: nio + webSocket, path: "Tests/N8NTestBroker"),
        .testTarget(
            name: "N8NBridgeTests",
            dependencies: [
                "N8NBridge", "N8NTestBroker", "TestSupport", "Tasks", "JSONBytes", logging, serviceLifecycle,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio + webSocket
        ),
        .testTarget(name: "BridgeIntegrationTests", dependencies: ["N8NTestBroker", "TestSupport"] + nio),
        .testTarget(name: "JSONBytesTests", dependencies: ["JSONBytes"]),
        .testTarget(name: "TasksTests", dependencies: ["Tasks"]),
        .testTarget(name: "ClientTests", dependencies: ["Client", "Tasks", "TestSupport"]),
        .testTarget(name: "CommandsTests", dependencies: ["Commands", "Client", "Tasks", "TestSupport"]),
        .testTarget(name: "DaemonTests", dependencies: ["Daemon", "Tasks", "WorkerPool", "TestSupport", logging]),
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "IntegrationTests", dependencies: ["TestSupport"]),
        .testTarget(name: "PackagingTests", dependencies: ["TestSupport"]),
        .testTarget(name: "SoakTests", dependencies: ["TestSupport"]),
        // Runs the programs of the two suites below as a worker would; no product contains it.
        .executableTarget(
            name: "PolicyDriver",
            dependencies: ["CPython", "PythonRuntime", "Tasks"],
            path: "Tests/PolicyDriver"
        ),
        .testTarget(
            name: "EscapeTests",
            dependencies: ["PolicyDriver", "TestSupport"],
            exclude: ["Cases", "crawl.txt", "packages.txt"]
        ),
        .testTarget(name: "HonestyTests", dependencies: ["PolicyDriver", "TestSupport"], exclude: ["Programs"]),
        .testTarget(name: "PythonRuntimeTests", dependencies: ["PythonRuntime", "CPython", "Tasks", "TestSupport"]),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Tasks"]),
        .testTarget(name: "LinuxTests", dependencies: ["Linux"]),
        .target(name: "CProbe", path: "Tests/CProbe"),
        .executableTarget(
            name: "sandbox-probe",
            dependencies: ["CProbe", "Linux", "Sandbox", "Tasks"],
            path: "Tests/SandboxProbe"
        ),
        .testTarget(
            name: "SandboxTests",
            dependencies: ["CProbe", "Linux", "Sandbox", "Tasks", "TestSupport", "sandbox-probe"],
            exclude: ["Golden", "NativeProbe"]
        ),
        .testTarget(name: "DispatcherTests", dependencies: ["Dispatcher", "Tasks", logging]),
        .testTarget(name: "WorkerPoolTests", dependencies: ["WorkerPool", "Tasks", "Wire"]),
    ]
)

// Measures the parts by themselves (docs/performance.md); needs no package but swift-log.
if Context.environment["TRM_BUILD_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Benchmarks",
            dependencies: ["CPython", "PythonRuntime", "Tasks", "JSONBytes", "Wire", "Dispatcher", logging],
            path: "Tests/Benchmarks",
            exclude: ["baseline.json"]
        )
    )
}

for target in package.targets where [.executable, .regular, .test].contains(target.type) {
    // By name: a test for a leading "C" would skip Client and Commands as well.
    guard target.name != "CLinux", target.name != "CProbe" else { continue }
    var settings = target.swiftSettings ?? []
    settings += [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if ["Linux", "PythonRuntime", "Sandbox"].contains(target.name) {
        settings.append(.strictMemorySafety())
    }
    target.swiftSettings = settings
}

// Fuzz targets define no main of their own, so that they only link under `--sanitize=fuzzer`.
if Context.environment["TRM_BUILD_FUZZING"] != nil {
    package.targets.append(
        .executableTarget(name: "FuzzJSON", dependencies: ["JSONBytes"], path: "Tests/Fuzzing/FuzzJSON")
    )
    package.targets.append(
        .executableTarget(
            name: "FuzzBridge",
            dependencies: ["N8NBridge"] + nio,
            path: "Tests/Fuzzing/FuzzBridge"
        )
    )
}
