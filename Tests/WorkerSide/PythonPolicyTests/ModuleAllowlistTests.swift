import Testing

@testable import PythonPolicy

/// What one list of modules allows.
@Suite struct ModuleAllowlistTests {
    private static func list(_ entries: [String]) -> ModuleAllowlist {
        ModuleAllowlist(setting: "SETTING", entries: entries)
    }

    @Test func aModuleIsAllowedWithAllBelowIt() {
        let list = Self.list(["json", "xml.etree"])
        #expect(list.decision(on: "json") == .allowed)
        #expect(list.decision(on: "json.decoder.scanner") == .allowed)
        #expect(list.decision(on: "xml.etree.ElementTree") == .allowed)
        #expect(list.decision(on: "xml") == .parentOnly)
        #expect(list.decision(on: "xml.sax") == .refused)
        // Not a part of a name.
        #expect(list.decision(on: "jsonx") == .refused)
        #expect(list.decision(on: "js") == .refused)
    }

    @Test func aGroupIsItsModules() {
        let list = Self.list(["@safe"])
        #expect(list.decision(on: "math") == .allowed)
        #expect(list.decision(on: "os") == .refused)
        #expect(list.decision(on: "@safe") == .refused)
    }

    @Test func aStarAllowsEverythingOnlyAlone() {
        #expect(Self.list(["*"]).decision(on: "os") == .allowed)
        #expect(Self.list(["*", "json"]).decision(on: "os") == .refused)
        #expect(Self.list([]).decision(on: "json") == .refused)
    }

    /// The control is a module of the same package that has no such rule.
    @Test func whatMustBeNamedByItselfIsNotAllowedWithItsPackage() {
        let package = Self.list(["importlib", "unittest"])
        #expect(package.decision(on: "importlib.simple") == .allowed)
        #expect(package.decision(on: "importlib.util") == .refused)
        #expect(package.decision(on: "importlib.metadata._adapters") == .refused)
        #expect(package.decision(on: "unittest.mock") == .refused)
        #expect(Self.list(["importlib.metadata"]).decision(on: "importlib.metadata._adapters") == .allowed)
    }

    @Test func theSummaryNamesTwentyEntriesAtMost() {
        let names = (1...21).map { "m\($0)" }
        #expect(Self.list([]).summary == "is empty")
        #expect(Self.list(Array(names.prefix(20))).summary.hasSuffix("m19, m20"))
        #expect(Self.list(names).summary.hasSuffix("m20, …"))
    }

    @Test func anEntryIsExplicitAboveAndBelowItsName() {
        let list = Self.list(["@safe", "xml.sax"])
        #expect(list.names(explicitly: "xml"))
        #expect(list.names(explicitly: "xml.sax.handler"))
        #expect(!list.names(explicitly: "xml.dom"))
        #expect(!list.names(explicitly: "math"))
    }
}
