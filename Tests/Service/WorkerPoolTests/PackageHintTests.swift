import Testing

@testable import WorkerPool

@Suite struct PackageHintTests {
    private static let hint = PackageHint(["pandas", "np_tools"])

    @Test(arguments: [
        "import pandas", "import pandas as pd\nreturn []", "x = 1\nfrom pandas.core import frame", "import np_tools",
        "import json,pandas", "pandas",
    ])
    func codeThatNamesAPackageIsTakenToUseIt(code: String) {
        #expect(Self.hint.matches(Array(code.utf8)[...]))
    }

    @Test(arguments: ["", "return _items", "geopandas = 1", "pandas_like = 1", "panda", "np_tool", "éapandas"])
    func codeThatDoesNotIsNot(code: String) {
        #expect(!Self.hint.matches(Array(code.utf8)[...]))
    }

    @Test func onlyTheTopOfALongTextIsLookedAt() {
        let comment = "#" + String(repeating: "x", count: 70_000) + "\n"
        #expect(!Self.hint.matches(Array((comment + "import pandas").utf8)[...]))
        #expect(Self.hint.matches(Array(("import pandas\n" + comment).utf8)[...]))
    }

    @Test func withoutPackagesNothingMatches() {
        #expect(PackageHint([]).isEmpty)
        #expect(!PackageHint([]).matches(Array("import pandas".utf8)[...]))
    }
}
