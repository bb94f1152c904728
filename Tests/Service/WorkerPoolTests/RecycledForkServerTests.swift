import Glibc
import Logging
import NIOPosix
import Sandbox
import Tasks
import TestSupport
import Testing

@testable import WorkerPool

/// A pool of the real program whose fork servers are replaced after a few forks.
@Suite struct RecycledForkServerTests {
    /// A package whose submodule can tell whether it was imported in the process that asks it.
    private static func sitePackages() throws -> ScratchFolder {
        let folder = try ScratchFolder(mode: 0o755)
        mkdir("\(folder.path)/heavy", 0o755)
        _ = try folder.file("heavy/__init__.py", "")
        let module = "import os\nIMPORTER = os.getpid()\ndef imported_here(): return os.getpid() == IMPORTER\n"
        _ = try folder.file("heavy/part.py", module)
        return folder
    }

    private static func pool(_ folder: ScratchFolder, _ preload: PreloadSelection) -> WorkerPool {
        WorkerPool(
            configuration: WorkerPoolConfiguration(
                program: Programs.worker,
                worker: WorkerConfiguration(
                    policy: TaskPolicy(standardLibraryAllow: ["@safe"], externalAllow: ["heavy"], builtinsDeny: []),
                    limits: TaskLimits(memory: 64 << 20, cpu: .seconds(60), output: 1 << 20, log: 1 << 20),
                    sitePackages: [folder.path],
                    preload: preload,
                    identity: getuid() == 0 ? WorkerIdentity(uid: 64_999, gid: 64_999) : nil
                ),
                warmWorkers: 1,
                maximumWorkers: 2,
                forksPerServer: 4
            ),
            division: .failure(.embedded),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private static let byTheTask = #"[{"json":{"here":true}}]"#
    private static let ahead = #"[{"json":{"here":false}}]"#

    private static func run(in pool: WorkerPool) async -> String {
        var generator = SystemRandomNumberGenerator()
        let code = "import heavy.part\nreturn {'here': heavy.part.imported_here()}"
        let assignment = TaskAssignment(
            id: TaskID(using: &generator),
            task: PythonTask(code: Array(code.utf8)[...]),
            timeout: .seconds(30)
        )
        return await withCheckedContinuation { continuation in
            let waiter = OutcomeWaiter { outcome in
                switch outcome.result {
                case .items(let items): continuation.resume(returning: String(decoding: items, as: UTF8.self))
                case .checked: continuation.resume(returning: "checked")
                case .failure(let failure): continuation.resume(returning: failure.message)
                }
            }
            pool.execute(assignment, observer: waiter)
        }
    }

    /// What tasks got until one found the module imported in advance, or until `count` had run. How many run until a fork
    /// server is replaced depends on the machine.
    private static func outcomes(_ preload: PreloadSelection, atMost count: Int) async throws -> [String] {
        let folder = try Self.sitePackages()
        let pool = Self.pool(folder, preload)
        try await pool.start()
        var outcomes: [String] = []
        while outcomes.count < count, outcomes.last != Self.ahead { outcomes.append(await Self.run(in: pool)) }
        #expect(pool.status().forkServerStarts > 1)
        await pool.stop()
        return outcomes
    }

    @Test func aFreshForkServerHasTheSubmodulesThatTasksImported() async throws {
        let outcomes = try await Self.outcomes(.automatic, atMost: 10_000)
        #expect(outcomes.count > LearnedModules.threshold, "\(outcomes)")
        #expect(outcomes.dropLast().allSatisfy { $0 == Self.byTheTask }, "\(outcomes)")
        #expect(outcomes.last == Self.ahead, "\(outcomes)")
    }

    /// The control: where the operator has chosen the modules, no other one is imported in advance.
    @Test func aListOfModulesIsNotExtended() async throws {
        let outcomes = try await Self.outcomes(.modules(["heavy"]), atMost: 60)
        #expect(outcomes == Array(repeating: Self.byTheTask, count: 60), "\(Set(outcomes))")
    }
}
