import JSONBytes
import TaskJSON
import Tasks

/// Encodes outcomes and events as the JSON of the API.
enum OutcomeEncoding {
    /// The response of `/v1/run`. It consists of pieces that are written in order, so that the items are not copied.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - outcome: The outcome of the task.
    ///   - logs: The prints of the task.
    ///   - isEvent: Whether the text is the last event of a stream rather than a whole response.
    /// - Returns: The pieces. The last one ends with a line feed.
    static func response(
        _ id: TaskID,
        _ outcome: TaskOutcome,
        logs: LogTranscript,
        isEvent: Bool
    ) -> [ArraySlice<UInt8>] {
        var head = JSONWriter()
        head.beginObject()
        if isEvent {
            head.key("event")
            head.string("result")
        }
        head.key("id")
        head.string(id.description)
        head.key("outcome")
        head.string(outcome.name)
        var items: ArraySlice<UInt8>?
        switch outcome.result {
        case .items(let slice):
            head.key("items")
            items = slice
        case .checked(let report):
            head.writeMembers(of: report)
        case .failure(let failure):
            head.key("error")
            self.write(failure, into: &head)
            if let partial = outcome.partialItems {
                head.key("partial_items")
                items = partial
            }
        }
        // The tail is written as an object, whose opening brace is then replaced with the comma after the items.
        var tail = JSONWriter()
        tail.beginObject()
        tail.key("logs")
        logs.write(into: &tail)
        tail.key("logs_truncated")
        tail.boolean(outcome.logsTruncated)
        tail.key("usage")
        self.write(outcome.usage, into: &tail)
        tail.endObject()
        tail.endLine()
        var rest = tail.bytes
        rest[0] = UInt8(ascii: ",")
        if let items { return [head.bytes[...], items, rest[...]] }
        return [head.bytes[...], rest[...]]
    }

    /// The response of `/v1/check`.
    ///
    /// - Throws: ``ProblemDocument`` when the check ended without a report.
    static func checkResponse(_ outcome: TaskOutcome) throws(ProblemDocument) -> [UInt8] {
        let report: CheckReport
        switch outcome.result {
        case .checked(let checked):
            report = checked
        case .items:
            report = CheckReport()
        case .failure(let failure) where failure.kind == .syntaxError:
            // A syntax error is reported as a violation.
            let violation = PolicyViolation(
                rule: "syntax",
                construct: failure.sourceLine ?? "",
                line: failure.line ?? 1,
                column: failure.column ?? 1,
                message: failure.message,
                hint: failure.hint
            )
            report = CheckReport(violations: [violation])
        case .failure(let failure) where failure.kind == .policyViolation:
            report = CheckReport(violations: failure.violations)
        case .failure(let failure):
            throw .checkFailed(failure)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.writeMembers(of: report)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    // MARK: Events

    /// The first event of a stream.
    static func acceptedEvent(_ id: TaskID) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("event")
        writer.string("accepted")
        writer.key("id")
        writer.string(id.description)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// Writes finished items of a task in each-item mode.
    static func writeItems(_ items: ArraySlice<UInt8>, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("event")
        writer.string("items")
        writer.key("items")
        writer.raw(items)
        writer.endObject()
        writer.endLine()
    }

    /// Writes the progress of a task in each-item mode.
    static func writeProgress(_ done: Int, of total: Int, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("event")
        writer.string("progress")
        writer.key("done")
        writer.integer(done)
        writer.key("total")
        writer.integer(total)
        writer.endObject()
        writer.endLine()
    }

    // MARK: Parts

    private static func write(_ failure: TaskFailure, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("message")
        writer.string(failure.message)
        writer.write(failure.type, for: "type")
        writer.write(failure.line, for: "line")
        writer.write(failure.column, for: "column")
        writer.write(failure.sourceLine, for: "source_line")
        writer.write(failure.traceback, for: "traceback")
        writer.write(failure.itemIndex, for: "item_index")
        writer.write(failure.hint, for: "hint")
        if !failure.violations.isEmpty { writer.write(failure.violations, for: "violations") }
        writer.endObject()
    }

    static func write(_ usage: TaskUsage, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("queued_ms")
        writer.milliseconds(usage.queued)
        writer.key("wall_ms")
        writer.milliseconds(usage.wall)
        writer.key("cpu_ms")
        writer.milliseconds(usage.cpu)
        writer.key("max_rss_bytes")
        writer.integer(usage.peakResidentBytes)
        writer.endObject()
    }
}
