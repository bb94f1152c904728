import Foundation
import N8NTestBroker
import TestSupport
import Testing

/// What tasks answer, beside what n8n's own runner answers.
@Suite(.serialized, .timeLimit(.minutes(10))) struct StockComparisonTests {
    private static let all = StockComparison.results + StockComparison.tools + StockComparison.failures

    @Test func everyScriptAnswersAsTheTableSays() async throws {
        let environment = [
            "TERRARIUM_SOCKET": "none", "N8N_RUNNERS_STDLIB_ALLOW": StockComparison.modules,
        ]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            for (index, row) in Self.all.enumerated() {
                let answer = try await connection.result(
                    "row \(index)",
                    row.code,
                    items: StockComparison.items,
                    each: row.each,
                    continueOnFail: row.continueOnFail,
                    more: row.more
                )
                let isRight =
                    row.ours.hasPrefix("error: ") ? answer.hasPrefix(row.ours) : answer == Self.canonical(row.ours)
                #expect(isRight, "\(row.code): \(answer), not \(row.ours)")
            }
        }
    }

    /// A row that claims the same answer has one, and every other row has two and a reason.
    @Test func theTableIsConsistent() {
        for row in Self.all {
            switch row.relation {
            case .same: #expect(row.stock == row.ours, "\(row.code)")
            case .better, .different: #expect(row.stock != row.ours && !row.reason.isEmpty, "\(row.code)")
            }
        }
        let counts = Dictionary(grouping: Self.all, by: \.relation.rawValue).mapValues(\.count)
        #expect(Self.all.count >= 160, "\(counts)")
    }

    /// The JSON text as the answers are written; another text as it is.
    private static func canonical(_ text: String) -> String {
        guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed]),
            let data = try? JSONSerialization.data(
                withJSONObject: value,
                options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes]
            )
        else { return text }
        return String(decoding: data, as: UTF8.self)
    }
}
