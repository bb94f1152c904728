import CProbe
import Sandbox
import Tasks

/// `key=value` arguments; the rest are names of attempts.
struct ProbeOptions {
    private var values: [String: String] = [:]
    private(set) var names: [String] = []

    init(_ arguments: ArraySlice<String>) {
        for argument in arguments where !argument.hasPrefix("--") {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                self.values[String(parts[0])] = String(parts[1])
            } else {
                self.names.append(argument)
            }
        }
    }

    func text(_ key: String) -> String { self.values[key] ?? "" }

    func number(_ key: String) -> Int? { self.values[key].flatMap { Int($0) } }

    var user: UInt32? { self.number("user").map { UInt32($0) } }

    /// The tests' own: 64 MiB, so that the attempts on memory stay small.
    var limits: TaskLimits {
        TaskLimits(
            memory: (self.number("memory") ?? 64) << 20,
            cpu: .seconds(self.number("cpu") ?? 10),
            output: 1,
            log: 1
        )
    }

    var profile: SandboxProfile {
        let configuration = WorkerConfiguration(
            policy: TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: []),
            limits: self.limits,
            sitePackages: self.text("site").isEmpty ? [] : [self.text("site")],
            temporaryFolder: (self.number("temp") ?? 0) << 20,
            sandbox: self.text("mode") == "strict" ? .strict : .auto
        )
        return SandboxProfile(
            configuration: configuration,
            pythonPaths: self.text("read").split(separator: ":").map { String($0) }
        )
    }

    func withTargets<Result>(process: Int32, _ body: (UnsafePointer<CProbe_targets>) -> Result) -> Result {
        self.text("secret").withCString { secret in
            self.text("library").withCString { library in
                self.text("folder").withCString { folder in
                    self.text("socket").withCString { socket in
                        self.text("abstract").withCString { abstract in
                            var targets = CProbe_targets(
                                process: process,
                                secret_file: secret,
                                library_file: library,
                                writable_folder: folder,
                                unix_socket: socket,
                                abstract_socket: abstract,
                                segment_key: Int32(self.number("segment") ?? 0),
                                tcp_port: UInt16(self.number("port") ?? 1)
                            )
                            return body(&targets)
                        }
                    }
                }
            }
        }
    }
}
