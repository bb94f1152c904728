import Foundation
import Testing

@testable import Sandbox

@Suite struct SystemCallPolicyTests {
    @Test func everyRuleHasAReason() {
        #expect(SystemCallPolicy.rules.allSatisfy { $0.reason.count > 5 })
        #expect(SystemCallPolicy.rules.count > 200)
    }

    @Test func everyNameIsOneThatTheLibraryKnows() {
        // A name mistyped would be a rule that silently is not there.
        let unknown = Set(SystemCallPolicy.rules.map(\.name)).filter { name in
            FilterArchitecture.allCases.allSatisfy { FilterProgram.number(of: name, on: $0) == nil }
        }
        #expect(unknown.subtracting(["nfsservctl"]).isEmpty, "\(unknown)")
    }

    @Test func noArgumentsMeetTwoActions() {
        for hasFolder in [false, true] {
            let all = SystemCallPolicy.rules(withTemporaryFolder: hasFolder)
            for (name, rules) in Dictionary(grouping: all, by: \.name) {
                for arguments in Self.samples(rules) {
                    let actions = Set(rules.filter { $0.applies(to: arguments, pid: Self.pid) }.map(\.action))
                    #expect(actions.count <= 1, "\(name) \(arguments): \(actions)")
                }
            }
        }
    }

    @Test(arguments: FilterArchitecture.allCases)
    func theCompiledFilterSaysWhatTheTableSays(_ architecture: FilterArchitecture) throws {
        var program = try FilterProgram(for: architecture)
        program.setSelf(Self.pid)
        try Self.compare(architecture, hasFolder: false) { program.decide($0, $1, architecture) }
    }

    @Test(arguments: FilterArchitecture.allCases, [false, true])
    func theServersAndTheWorkersFilterTogetherSayWhatTheTableSays(
        _ architecture: FilterArchitecture,
        hasFolder: Bool
    ) throws {
        let serverRules = SystemCallPolicy.serverRules(withTemporaryFolder: hasFolder)
        let server = try FilterProgram(serverRules, for: architecture)
        let workerRules = SystemCallPolicy.workerRules(withTemporaryFolder: hasFolder)
        var worker = try FilterProgram(workerRules, otherwise: .allow, for: architecture)
        #expect(worker.selfComparisons > 0)
        #expect(server.selfComparisons == 0)
        worker.setSelf(Self.pid)
        try Self.compare(architecture, hasFolder: hasFolder) { number, arguments in
            // The kernel applies the stricter: the smaller as a signed number (seccomp(2)).
            let answers = [server, worker].map { $0.decide(number, arguments, architecture) }
            return answers.min { Int32(bitPattern: $0) < Int32(bitPattern: $1) } ?? 0
        }
        // What the short filter is for: it is the one that every worker has to install.
        #expect(worker.instructions.count < server.instructions.count / 4)
    }

    @Test(arguments: FilterArchitecture.allCases)
    func callsOfAnotherArchitectureEndTheProcess(_ architecture: FilterArchitecture) throws {
        let program = try FilterProgram(for: architecture)
        for other in FilterArchitecture.allCases where other != architecture {
            #expect(program.decide(39, [0, 0, 0, 0, 0, 0], other) == 0x8000_0000)
        }
        // i386, and the x32 numbers of x86_64.
        #expect(program.run(number: 20, architecture: 0x4000_0003, arguments: [0, 0, 0, 0, 0, 0]) == 0x8000_0000)
        if architecture == .x86 {
            #expect(program.decide(0x4000_0000 | 39, [0, 0, 0, 0, 0, 0], architecture) == 0x8000_0000)
        }
    }

    @Test func aFolderAllowsCallsOnFilesAndNothingElse() {
        let changed = Set(SystemCallPolicy.temporaryFolder.flatMap(\.names))
        #expect(SystemCallPolicy.temporaryFolder.allSatisfy { $0.action == .allow })
        #expect(
            changed.isDisjoint(with: ["symlink", "link", "mknod", "chown", "setxattr", "mount", "execve", "flock"])
        )
        let without = SystemCallPolicy.rules(withTemporaryFolder: false)
        let with = SystemCallPolicy.rules(withTemporaryFolder: true)
        #expect(without.filter { !changed.contains($0.name) } == with.filter { !changed.contains($0.name) })
        #expect(without == SystemCallPolicy.rules)
    }

    @Test(arguments: FilterArchitecture.allCases, [false, true])
    func theTableOfEachArchitectureIsTheGoldenOne(_ architecture: FilterArchitecture, hasFolder: Bool) throws {
        let lines = SystemCallPolicy.rules(withTemporaryFolder: hasFolder).compactMap { rule -> String? in
            guard let number = FilterProgram.number(of: rule.name, on: architecture) else { return nil }
            return "\(number) \(rule.name) \(rule.conditions.map { "\($0)" }) \(rule.action)"
        }
        let text = lines.joined(separator: "\n") + "\n"
        let golden = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/system-calls-\(hasFolder ? "folder-" : "")\(architecture.rawValue).txt")
        if ProcessInfo.processInfo.environment["TERRARIUM_WRITE_GOLDEN"] != nil {
            try text.write(to: golden, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: golden, encoding: .utf8) == text)
    }

    // MARK: - Helpers

    private static let pid: Int32 = 4711

    /// Compares a filter with the table, for every call of the architecture and arguments around every edge.
    private static func compare(
        _ architecture: FilterArchitecture,
        hasFolder: Bool,
        _ decide: (Int32, [UInt64]) -> UInt32
    ) throws {
        var rulesByNumber: [Int32: [SystemCallRule]] = [:]
        for rule in SystemCallPolicy.rules(withTemporaryFolder: hasFolder) {
            guard let number = FilterProgram.number(of: rule.name, on: architecture) else { continue }
            rulesByNumber[number, default: []].append(rule)
        }
        var compared = 0
        for number in Int32(0)..<600 {
            let rules = rulesByNumber[number] ?? []
            for arguments in self.samples(rules) {
                let action = rules.first { $0.applies(to: arguments, pid: self.pid) }?.action ?? .fail(38)
                let expected: UInt32 =
                    switch action {
                    case .allow: 0x7fff_0000
                    // The handler tells the two apart.
                    case .refuse, .kill: 0x0003_0000
                    case .fail(let code): 0x0005_0000 | UInt32(code)
                    }
                let answer = decide(number, arguments)
                if answer != expected {
                    Issue.record("call \(number) \(arguments): \(String(answer, radix: 16)), not \(action)")
                    return
                }
                compared += 1
            }
        }
        #expect(compared > 1000)
    }

    /// Arguments at and around every value that a rule compares with.
    private static func samples(_ rules: [SystemCallRule]) -> [[UInt64]] {
        var values: [Set<UInt64>] = Array(repeating: [0], count: 6)
        for condition in rules.flatMap(\.conditions) {
            let (index, edges): (Int, [UInt64]) =
                switch condition {
                case .equal(let index, let value), .notEqual(let index, let value), .less(let index, let value),
                    .greater(let index, let value):
                    (index, [value, value &+ 1, value &- 1, value | 1 << 32])
                case .masked(let index, let mask, let value):
                    (index, [value, mask, value | 1 << 40, ~mask] + (0..<64).map { value ^ (1 << $0) })
                case .isSelf(let index), .isNotSelf(let index):
                    (index, [UInt64(self.pid), 1, UInt64(self.pid) | 1 << 32, UInt64(bitPattern: -1)])
                }
            values[index].formUnion(edges)
        }
        return values.reduce([[]]) { partial, choices in partial.flatMap { head in choices.map { head + [$0] } } }
    }
}

extension SystemCallRule {
    /// Whether the rule is about a call with these arguments.
    func applies(to arguments: [UInt64], pid: Int32) -> Bool {
        self.conditions.allSatisfy { condition in
            switch condition {
            case .equal(let index, let value): arguments[index] == value
            case .notEqual(let index, let value): arguments[index] != value
            case .less(let index, let value): arguments[index] < value
            case .greater(let index, let value): arguments[index] > value
            case .masked(let index, let mask, let value): arguments[index] & mask == value
            case .isSelf(let index): arguments[index] == UInt64(pid)
            case .isNotSelf(let index): arguments[index] != UInt64(pid)
            }
        }
    }
}

extension FilterProgram {
    func decide(_ number: Int32, _ arguments: [UInt64], _ architecture: FilterArchitecture) -> UInt32 {
        self.run(number: number, architecture: architecture.token, arguments: arguments)
    }

    /// Runs the program as the kernel would (the classic BPF of seccomp(2)): the part of it that filters use.
    func run(number: Int32, architecture: UInt32, arguments: [UInt64]) -> UInt32 {
        // struct seccomp_data: number, architecture, instruction pointer, six arguments.
        var data: [UInt32] = [UInt32(bitPattern: number), architecture, 0, 0]
        for argument in arguments { data += [UInt32(truncatingIfNeeded: argument), UInt32(argument >> 32)] }
        var accumulator: UInt32 = 0
        var position = 0
        while true {
            let instruction = self.instructions[position]
            let constant = UInt32(instruction >> 32)
            let (jumpTrue, jumpFalse) = (Int(instruction >> 16 & 0xff), Int(instruction >> 24 & 0xff))
            position += 1
            switch instruction & 0xffff {
            case 0x20: accumulator = data[Int(constant) / 4]
            case 0x54: accumulator &= constant
            case 0x05: position += Int(constant)
            case 0x15: position += accumulator == constant ? jumpTrue : jumpFalse
            case 0x25: position += accumulator > constant ? jumpTrue : jumpFalse
            case 0x35: position += accumulator >= constant ? jumpTrue : jumpFalse
            case 0x45: position += accumulator & constant != 0 ? jumpTrue : jumpFalse
            case 0x06: return constant
            case let other: preconditionFailure("instruction \(String(other, radix: 16)) is not one of a filter's")
            }
        }
    }
}
