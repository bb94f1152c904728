import Tasks

/// How much of each text goes into a report or a failure, in bytes: all of it together stays below
/// ``WorkerFrame/maximumReport``, beyond which the broker takes the worker for a hostile one.
///
/// Whoever makes the texts cuts them where it knows how; this is what holds for all of them.
private enum Bound {
    static let name = 1 << 10
    static let words = 4 << 10
    static let message = 64 << 10
    static let traceback = 256 << 10
    static let violations = 384 << 10
    static let hints = 256 << 10
    /// More than the numbers and lengths of one violation or hint take.
    static let fixed = 64
}

extension TaskFailure {
    /// The failure as it fits into a frame.
    var bounded: TaskFailure {
        TaskFailure(
            self.kind,
            message: cut(self.message, to: Bound.message),
            type: self.type.map { cut($0, to: Bound.name) },
            line: self.line,
            column: self.column,
            sourceLine: self.sourceLine.map { cut($0, to: Bound.words) },
            traceback: self.traceback.map { cut($0, to: Bound.traceback) },
            itemIndex: self.itemIndex,
            hint: self.hint.map { cut($0, to: Bound.words) },
            violations: self.violations.bounded
        )
    }
}

extension CheckReport {
    /// The report as it fits into a frame.
    var bounded: CheckReport {
        CheckReport(violations: self.violations.bounded, hints: self.hints.bounded)
    }
}

extension [PolicyViolation] {
    fileprivate var bounded: [PolicyViolation] {
        let cutOnes = self.prefix(WorkerFrame.maximumFindings).map { violation in
            PolicyViolation(
                rule: cut(violation.rule, to: Bound.name),
                construct: cut(violation.construct, to: Bound.name),
                line: violation.line,
                column: violation.column,
                message: cut(violation.message, to: Bound.words),
                hint: violation.hint.map { cut($0, to: Bound.words) }
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
                construct: cut(hint.construct, to: Bound.name),
                message: cut(hint.message, to: Bound.words)
            )
        }
        return fitting(cutOnes, into: Bound.hints) { $0.construct.utf8.count + $0.message.utf8.count }
    }
}

/// The first elements whose sizes come to no more than `room`.
private func fitting<Element>(_ list: [Element], into room: Int, _ size: (Element) -> Int) -> [Element] {
    var left = room
    return Array(
        list.prefix { element in
            left -= size(element) + Bound.fixed
            return left >= 0
        }
    )
}

/// Whole characters up to that many bytes, and a word that there was more.
private func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    // Rounded down to where a character begins.
    let end = text.utf8.index(text.startIndex, offsetBy: limit)
    return String(text.unicodeScalars[..<end]) + " [cut]"
}
