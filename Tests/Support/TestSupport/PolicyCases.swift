import Foundation

/// One program of the escape or honesty suite.
///
/// The suites are files of Python in which a line `# case: NAME` begins a program and lines `# KEY: VALUE` say how it is to
/// be run; everything else is its text.
public struct PolicyCase: Sendable, CustomStringConvertible {
    /// The file's name, a dot, and the name in the file.
    public var name: String
    /// `stdlib`, `external`, `policy`, `mode`, `control`, `python`.
    public var settings: [String: String]
    public var code: String

    public var description: String { self.name }

    public init(name: String, settings: [String: String], code: String) {
        self.name = name
        self.settings = settings
        self.code = code
    }

    private static let keys: Set<String> = ["stdlib", "external", "policy", "mode", "control", "python"]

    /// Whether the program is for the Python of this build: its setting `python` covers it or is absent.
    public var isForThisPython: Bool { self.settings["python"].map { Self.covers($0[...]) } ?? true }

    /// Whether the program gets out when the guards are off. Its setting `control` says `none` and why not, or the versions
    /// in which it does, and why not in others.
    public var hasControl: Bool {
        guard let control = self.settings["control"] else { return true }
        return control.hasPrefix("3.") && Self.covers(control.prefix { $0 != "," })
    }

    /// Whether a range of versions has the Python of this build: a version such as `3.13`, with a plus sign for later ones
    /// too, or with a minus sign for earlier ones too.
    private static func covers(_ range: Substring) -> Bool {
        guard range.hasPrefix("3."), let bound = Int(range.dropFirst(2).prefix { $0.isNumber }) else {
            preconditionFailure("\(range) is no range of versions")
        }
        switch range.last {
        case "+": return PythonVersion.minor >= bound
        case "-": return PythonVersion.minor <= bound
        default: return PythonVersion.minor == bound
        }
    }

    /// Reads every `.py` file of a folder but `prelude.py`: the programs for the Python of this build.
    public static func load(folder: String) throws -> [PolicyCase] {
        var cases: [PolicyCase] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        where file.hasSuffix(".py") && file != "prelude.py" {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            var current: PolicyCase?
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("# case: ") {
                    if let current { cases.append(current) }
                    let name = "\(file.dropLast(3)).\(line.dropFirst("# case: ".count))"
                    current = PolicyCase(name: name, settings: [:], code: "")
                } else if let (key, value) = Self.setting(line) {
                    current?.settings[key] = value
                } else {
                    current?.code += line + "\n"
                }
            }
            if let current { cases.append(current) }
        }
        return cases.filter(\.isForThisPython)
    }

    private static func setting(_ line: Substring) -> (String, String)? {
        guard line.hasPrefix("# "), let colon = line.firstIndex(of: ":") else { return nil }
        let key = String(line[line.index(line.startIndex, offsetBy: 2)..<colon])
        guard Self.keys.contains(key) else { return nil }
        return (key, line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
}

/// What became of a program.
public struct PolicyCaseOutcome: Sendable {
    /// Whether it called the sentinel, printed the mark of an escape, or said the secret.
    public var hasEscaped: Bool
    /// `succeeded` or the name of a failure's kind.
    public var outcome: String
    /// What the author reads of a failure.
    public var message: String
    /// The result, or the advice of a check.
    public var items: String
    public var log: String
}

/// Runs programs through the policy driver: the interpreter of a worker, one forked process each.
public struct PolicyRunner: Sendable {
    public var standardLibrary = "@safe"
    public var external = ""
    public var deny = Self.defaultDeny
    public var sitePackages = ""
    /// The folder in which library code may write, as in the temporary folder of a worker; empty for none.
    public var temporaryFolder = ""
    /// Further environment variables of the driver.
    public var environment: [String: String] = [:]
    /// The seconds after which a program that still runs is ended.
    public var timeout = 20
    public var preload =
        "json,re,random,typing,dataclasses,collections,string,contextlib,enum,operator,functools,datetime,warnings"

    public static let defaultDeny =
        "eval,exec,compile,open,input,breakpoint,globals,locals,vars,memoryview,license,help,credits,copyright,exit,quit"
    /// What n8n documents for its own runner.
    public static let n8nDeny =
        "eval,exec,compile,open,input,breakpoint,getattr,object,type,vars,setattr,delattr,hasattr,dir,memoryview,"
        + "__build_class__,globals,locals,license,help,credits,copyright"
    /// In the environment and in the files of the driver, and nowhere else.
    public static let secret = "TERRARIUM-SECRET"
    private static let mark = "TERRARIUM-ESCAPE"

    public init() {}

    /// No rule at all: everything may be imported, nothing is denied.
    public static var open: PolicyRunner {
        var runner = PolicyRunner()
        runner.standardLibrary = "*"
        runner.external = "*"
        runner.deny = ""
        return runner
    }

    /// A folder with numpy and pandas, as `make test` installs them; nil where it is absent.
    public static let packages: String? = {
        let named = ProcessInfo.processInfo.environment["TERRARIUM_TEST_SITE_PACKAGES"]
        let folder = named ?? "\(Programs.package)/.build/test-site-packages"
        let isThere = ["numpy", "pandas"].allSatisfy {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)/__init__.py")
        }
        return isThere ? folder : nil
    }()

    /// What a run under a memory checker hands on to the driver.
    private static let checkerEnvironment = ProcessInfo.processInfo.environment.filter {
        ["TRM_PYTHON_ALLOCATOR", "ASAN_OPTIONS"].contains($0.key)
    }

    /// Runs each program in a process of its own.
    public func run(_ cases: [PolicyCase]) async throws -> [String: PolicyCaseOutcome] {
        var input = ""
        for job in cases {
            input += "\(job.name) \(job.settings["mode"] ?? "all") \(job.code.utf8.count)\n\(job.code)"
        }
        var arguments: [String] = []
        for (name, value) in [
            ("stdlib", self.standardLibrary), ("external", self.external), ("deny", self.deny),
            ("site", self.sitePackages), ("temporary", self.temporaryFolder), ("preload", self.preload),
            ("timeout", "\(self.timeout)"),
        ] where !value.isEmpty {
            arguments += ["--\(name)", value]
        }
        var environment = Self.checkerEnvironment.merging(self.environment) { $1 }
        environment["TERRARIUM_TEST"] = Self.secret
        if !self.temporaryFolder.isEmpty {
            for name in ["TMPDIR", "HOME", "MPLCONFIGDIR"] { environment[name] = self.temporaryFolder }
        }
        let finished = try await Programs.run(
            "\(Programs.folder)/PolicyDriver",
            arguments,
            environment: environment,
            input: input,
            folder: self.temporaryFolder.isEmpty ? nil : self.temporaryFolder
        )
        var outcomes: [String: PolicyCaseOutcome] = [:]
        for record in finished.output.components(separatedBy: "\u{1E}\n") {
            let fields = record.components(separatedBy: "\u{1F}")
            guard fields.count >= 5, let name = fields[0].split(separator: "\n").last else { continue }
            let log = fields.count > 5 ? fields[5] : ""
            let said = fields[3] + fields[4] + log
            outcomes[String(name)] = PolicyCaseOutcome(
                hasEscaped: fields[1] == "1" || log.contains(Self.mark) || said.contains(Self.secret),
                outcome: fields[2],
                message: fields[3],
                items: fields[4],
                log: log
            )
        }
        guard outcomes.count == cases.count, finished.status == 0 else {
            throw UnixHTTPConnection.Failure(
                description: "the driver answered \(outcomes.count) of \(cases.count) cases, "
                    + "status \(finished.status): \(finished.errors)"
            )
        }
        return outcomes
    }
}
