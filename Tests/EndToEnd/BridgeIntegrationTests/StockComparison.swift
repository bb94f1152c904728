/// One small script, and what n8n's own Python runner and this one answer. n8n's answers were derived from the source of its
/// `task_executor.py` and `task_analyzer.py` (2.27 to 2.35): the result as `json.dumps(…, default=str)` writes it, or the message of
/// the error.
struct StockComparison: Sendable {
    enum Relation: String, Sendable {
        case same
        /// More is shown, or it works where n8n's runner fails.
        case better
        /// Another answer on purpose; docs/n8n.md names it.
        case different
    }

    let code: String
    let relation: Relation
    /// The answer of n8n's runner: JSON, `error: ` with the message, or in words what happens.
    let stock: String
    /// The answer of this runner: JSON, or how the error begins.
    let ours: String
    /// Why the answers differ.
    let reason: String
    var each = false
    var continueOnFail = false
    /// Further members of the task's settings.
    var more = ""

    /// The input of every script.
    static let items =
        #"[{"json":{"n":1,"name":"Ann"}},{"json":{"n":2,"name":"Bo"},"binary":{"f":{"mimeType":"a/b"}}}]"#
    /// Modules that both runners are told to allow.
    static let modules =
        "json,math,re,datetime,decimal,uuid,collections,fractions,dataclasses,enum,statistics,itertools"

    static func same(
        _ code: String,
        _ answer: String,
        each: Bool = false,
        continueOnFail: Bool = false
    ) -> StockComparison {
        StockComparison(
            code: code,
            relation: .same,
            stock: answer,
            ours: answer,
            reason: "",
            each: each,
            continueOnFail: continueOnFail
        )
    }

    static func better(
        _ code: String,
        stock: String,
        ours: String,
        _ reason: String,
        each: Bool = false,
        more: String = ""
    ) -> StockComparison {
        StockComparison(
            code: code,
            relation: .better,
            stock: stock,
            ours: ours,
            reason: reason,
            each: each,
            more: more
        )
    }

    static func different(
        _ code: String,
        stock: String,
        ours: String,
        _ reason: String,
        each: Bool = false,
        continueOnFail: Bool = false
    ) -> StockComparison {
        StockComparison(
            code: code,
            relation: .different,
            stock: stock,
            ours: ours,
            reason: reason,
            each: each,
            continueOnFail: continueOnFail
        )
    }

    /// An exception of the code: n8n's runner shows its text alone.
    static func raises(_ code: String, _ text: String, ours: String, each: Bool = false) -> StockComparison {
        .better(code, stock: "error: \(text)", ours: "error: \(ours)", "type and line are shown", each: each)
    }

    /// Code that n8n's runner refuses before it runs.
    static func allowed(_ code: String, _ answer: String, _ reason: String) -> StockComparison {
        .better(code, stock: "error: Security violations detected", ours: answer, reason)
    }

    /// Code that both refuse.
    static func refused(_ code: String, ours: String) -> StockComparison {
        .better(
            code,
            stock: "error: Security violations detected",
            ours: "error: \(ours)",
            "the reason is in the message"
        )
    }
}
