import Tasks
import Testing

@testable import PythonPolicy

/// Which list decides about a module, and what a refusal says.
@Suite struct ImportRulesTests {
    private static func rules(standard: [String], external: [String]) -> ImportRules {
        ImportRules(
            policy: TaskPolicy(standardLibraryAllow: standard, externalAllow: external, builtinsDeny: []),
            standardModules: ["json", "os", "xml", "importlib"]
        )
    }

    @Test func theTopLevelNameDecidesWhichListCounts() {
        let rules = Self.rules(standard: ["*"], external: ["numpy"])
        #expect(rules.decision(on: "os.path") == .allowed)
        #expect(rules.decision(on: "numpy.linalg") == .allowed)
        #expect(rules.decision(on: "pandas") == .refused)
        #expect(Self.rules(standard: ["pandas"], external: []).decision(on: "pandas") == .refused)
    }

    @Test func theTasksOwnModuleIsNotImportedAndNeitherIsAnEmptyName() {
        let rules = Self.rules(standard: ["@safe"], external: ["*"])
        #expect(rules.decision(on: "anything") == .allowed)
        #expect(rules.decision(on: "__main__") == .refused)
        #expect(rules.decision(on: "") == .refused)
        #expect(Self.rules(standard: ["*"], external: ["*"]).decision(on: "__main__") == .allowed)
    }

    @Test func aNameThatIsTooLongIsRefusedWithoutReadingIt() {
        let rules = Self.rules(standard: ["*"], external: ["*"])
        let longest = String(repeating: "a.", count: ImportRules.longestName / 2 - 1) + "bc"
        #expect(longest.utf8.count == ImportRules.longestName && rules.decision(on: longest) == .allowed)
        #expect(rules.decision(on: longest + "d") == .refused)
        #expect(rules.refusal(of: longest + "d") == "the name of a module has at most 1000 bytes; this one has 1001")
        #expect(rules.remedy(for: longest + "d") == "shorten the name")
    }

    @Test func messagesNameTheVariableThatTheOperatorSet() {
        let policy = TaskPolicy(
            standardLibraryAllow: ["json"],
            externalAllow: [],
            builtinsDeny: [],
            variables: PolicyVariables(standardLibraryAllow: "N8N_RUNNERS_STDLIB_ALLOW")
        )
        let rules = ImportRules(policy: policy, standardModules: ["json", "os"])
        #expect(rules.refusal(of: "os") == "import of 'os' is not allowed: N8N_RUNNERS_STDLIB_ALLOW allows json")
        #expect(rules.remedy(for: "os").hasSuffix("adding 'os' to N8N_RUNNERS_STDLIB_ALLOW"))
        #expect(rules.remedy(for: "pandas").hasSuffix("adding 'pandas' to TERRARIUM_EXTERNAL_ALLOW"))
    }

    /// The last name is the control.
    @Test func aRemedySaysWhatCannotWorkAndWhatWasMeant() {
        let rules = Self.rules(standard: ["@safe"], external: ["numpy"])
        #expect(rules.remedy(for: "requests.adapters").hasPrefix("a task has no network: fetch the data"))
        #expect(rules.remedy(for: "urllib.request").hasPrefix("a task has no network: fetch the data"))
        #expect(rules.remedy(for: "smtplib").hasPrefix("a task has no network: send or read mail"))
        #expect(rules.remedy(for: "subprocess").hasPrefix("a task starts no other programs"))
        #expect(rules.remedy(for: "jsn").hasPrefix("did you mean 'json'? Otherwise an administrator"))
        #expect(rules.remedy(for: "nunpy").hasPrefix("did you mean 'numpy'?"))
        #expect(rules.remedy(for: "pandas").hasPrefix("an administrator can allow it by adding 'pandas'"))
    }

    @Test func aRefusalNamesTheListAndARemedyWhatToAdd() {
        let rules = Self.rules(standard: ["json"], external: ["numpy.linalg"])
        #expect(rules.refusal(of: "os") == "import of 'os' is not allowed: TERRARIUM_STDLIB_ALLOW allows json")
        #expect(rules.remedy(for: "xml.sax").contains("'xml.sax' to TERRARIUM_STDLIB_ALLOW"))
        // A package that is not listed at all as a whole; of one that is listed in parts, the module.
        #expect(rules.remedy(for: "pandas.io").contains("'pandas' to TERRARIUM_EXTERNAL_ALLOW"))
        #expect(rules.remedy(for: "numpy.fft").contains("'numpy.fft' to TERRARIUM_EXTERNAL_ALLOW"))
        #expect(rules.remedy(for: "importlib.util.x").contains("'importlib.util' to TERRARIUM_STDLIB_ALLOW: it has"))
    }
}
