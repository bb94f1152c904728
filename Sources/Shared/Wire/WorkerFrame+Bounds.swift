import Tasks
import Text

/// The most bytes of each text in a report or a failure. With these bounds a frame stays below
/// ``WorkerFrame/maximumReport``; the broker treats a worker that sends a larger one as hostile.
///
/// The code that makes a text may cut it earlier, at a better place. These bounds apply to all texts.
private enum Bound {
    static let name = 1 << 10
    static let words = 4 << 10
    static let message = 64 << 10
    static let traceback = 256 << 10
    static let violations = 384 << 10
    static let hints = 256 << 10
    /// An upper bound on the bytes that the numbers and lengths of one violation or hint take.
    static let fixed = 64
}

extension TaskFailure {
    /// The failure with its texts and lists cut, so that it fits into a frame.
    var bounded: TaskFailure {
        TaskFailure(
            self.kind,
            message: BoundedText.cut(self.message, toBytes: Bound.message),
            type: self.type.map { BoundedText.cut($0, toBytes: Bound.name) },
            line: self.line,
            column: self.column,
            sourceLine: self.sourceLine.map { BoundedText.cut($0, toBytes: Bound.words) },
            traceback: self.traceback.map { BoundedText.cut($0, toBytes: Bound.traceback) },
            itemIndex: self.itemIndex,
            hint: self.hint.map { BoundedText.cut($0, toBytes: Bound.words) },
            exceptionDescription: self.exceptionDescription.map { BoundedText.cut($0, toBytes: Bound.message) },
            violations: self.violations.bounded
        )
    }
}

extension CheckReport {
    /// The report with its texts and lists cut, so that it fits into a frame.
    var bounded: CheckReport {
        CheckReport(violations: self.violations.bounded, hints: self.hints.bounded)
    }
}

extension [PolicyViolation] {
    fileprivate var bounded: [PolicyViolation] {
        let cutOnes = self.prefix(WorkerFrame.maximumFindings).map { violation in
            PolicyViolation(
                rule: BoundedText.cut(violation.rule, toBytes: Bound.name),
                construct: BoundedText.cut(violation.construct, toBytes: Bound.name),
                line: violation.line,
                column: violation.column,
                message: BoundedText.cut(violation.message, toBytes: Bound.words),
                hint: violation.hint.map { BoundedText.cut($0, toBytes: Bound.words) }
            )
        }
        return fitting(cutOnes, into: Bound.violations) {
            $0.rule.utf8.count + $0.construct.utf8.count + $0.message.utf8.count + ($0.hint?.utf8.count ?? 0)
        }
    }
}

extension [CodeHint] {
    fileprivate var bounded: [CodeHint] {
        let cutOnes = self.prefix(WorkerFrame.maximumFindings).map { hint in
            CodeHint(
                line: hint.line,
                column: hint.column,
                construct: BoundedText.cut(hint.construct, toBytes: Bound.name),
                message: BoundedText.cut(hint.message, toBytes: Bound.words)
            )
        }
        return fitting(cutOnes, into: Bound.hints) { $0.construct.utf8.count + $0.message.utf8.count }
    }
}

/// As many of the first elements as fit into `room` bytes, with ``Bound/fixed`` bytes added to the size of each.
private func fitting<Element>(_ list: [Element], into room: Int, _ size: (Element) -> Int) -> [Element] {
    var left = room
    return Array(
        list.prefix { element in
            left -= size(element) + Bound.fixed
            return left >= 0
        }
    )
}
