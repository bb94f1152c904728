import Testing

@testable import HTTPAPI

@Suite struct AcceptHeaderTests {
    @Test(
        arguments: [
            (["application/x-ndjson"], true), (["Application/X-NDJSON ; q=1.0"], true), (["application/json"], false),
            (["*/*"], false), ([], false), (["application/x-ndjson;q=0"], false),
            (["application/x-ndjson;q=0", "application/json"], false),
            (["application/json", "application/x-ndjson"], true),
            (["application/json", "application/x-ndjson;q=0.5"], false),
            (["application/json; q=0.4", "application/x-ndjson; charset=utf-8; q=0.5"], true),
            (["application/x-ndjson;q=high"], false), (["application/x-ndjson;q=7"], true), ([";", ""], false),
        ] as [([String], Bool)]
    )
    func theQualityDecides(elements: [String], wantsEvents: Bool) {
        #expect(
            AcceptHeader(elements.map { $0[...] }).prefers("application/x-ndjson", to: "application/json")
                == wantsEvents
        )
    }
}
