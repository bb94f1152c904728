import Tasks
import Testing

@Suite struct PreloadPlanTests {
    private func plan(_ selection: PreloadSelection, library: [String], packages: [String]) -> PreloadPlan {
        PreloadPlan(
            selection,
            policy: TaskPolicy(standardLibraryAllow: library, externalAllow: packages, builtinsDeny: [])
        )
    }

    @Test func automaticallyItIsWhatTheAllowlistsName() {
        let plan = self.plan(.automatic, library: ["xml.etree", "@safe"], packages: ["pandas", "dateutil.tz"])
        #expect(plan.standardLibrary.first == "xml.etree")
        #expect(plan.standardLibrary.contains("json"))
        #expect(plan.packages == ["pandas", "dateutil.tz"])
        #expect(plan.packageNames == ["pandas", "dateutil"])
        #expect(plan.modules == plan.standardLibrary + plan.packages)
    }

    @Test func aStarNamesTheSafeModulesAndNoPackage() {
        let library = self.plan(.automatic, library: ["*"], packages: [])
        #expect(library.standardLibrary.contains("json"))
        #expect(!library.standardLibrary.contains("*"))
        let packages = self.plan(.automatic, library: [], packages: ["*"])
        #expect(packages.packages.isEmpty)
    }

    @Test func aListIsDividedByWhatAnAllowlistCallsAPackage() {
        let plan = self.plan(.modules(["json", "pandas.io", "numpy"]), library: ["json"], packages: ["pandas"])
        #expect(plan.packages == ["pandas.io"])
        #expect(plan.packageNames == ["pandas"])
        #expect(plan.standardLibrary == ["json", "numpy"])
    }

    @Test func furtherModulesComeAfterThoseOfTheAllowlists() {
        let selection = PreloadSelection.automaticAnd(["scipy.stats", "json.tool"])
        let plan = self.plan(selection, library: ["json"], packages: ["scipy", "pandas"])
        #expect(plan.packages == ["scipy", "pandas", "scipy.stats"])
        #expect(plan.standardLibrary == ["json", "json.tool"])
    }

    @Test func allAllowedPackagesAreNamedWhereOneIsPreloaded() {
        let plan = self.plan(.modules(["pandas"]), library: [], packages: ["pandas", "openpyxl.styles"])
        #expect(plan.packages == ["pandas"])
        #expect(plan.packageNames == ["pandas", "openpyxl"])
        #expect(self.plan(.none, library: [], packages: ["pandas"]).packageNames.isEmpty)
    }

    @Test func nothingIsNothing() {
        #expect(self.plan(.none, library: ["@safe"], packages: ["pandas"]).modules.isEmpty)
    }
}
