import Client
import Tasks

/// Explains why a task that succeeded has no items: its code may lack a `return`.
enum EmptyResult {
    /// The explanation, which a check of the code finds; nil when the check explains nothing. The task has
    /// succeeded, so a failed check is ignored.
    static func note(of submission: TaskSubmission, _ answer: TaskAnswer, client: TerrariumClient) async -> String? {
        guard let items = answer.items, items.elementsEqual("[]".utf8) else { return nil }
        let hints = (try? await client.check(submission).hints) ?? []
        if let hint = hints.first(where: { $0.message.hasPrefix(CodeHint.returnsNothing) }) {
            return "line \(hint.line): \(hint.message)"
        }
        guard !String(decoding: submission.task.code, as: UTF8.self).contains("return") else { return nil }
        return "the code has no return, so that there are no items; end it with return"
    }
}
