import ArgumentParser
import Client
import JSONBytes

/// The format in which `terrarium run` writes its result.
enum RunFormat: String, CaseIterable, ExpressibleByArgument {
    case json
    case ndjson
    case table
    /// The whole response of the service: outcome, items or error, prints and usage. Also written when the task failed.
    case full

    /// The format of the items; nil when the whole response is written.
    var items: ItemsOutput? {
        switch self {
        case .json: .json
        case .ndjson: .ndjson
        case .table: .table
        case .full: nil
        }
    }

    /// The whole response on one line, without the member `event`, which only responses in a stream have.
    static func full(_ answer: TaskAnswer) -> [UInt8] {
        let event = Array("{\"event\":\"result\",".utf8)
        let isEvent = answer.text.starts(with: event)
        let response = isEvent ? [UInt8(ascii: "{")] + answer.text[event.count...] : answer.text
        var line: [UInt8] = []
        response.withUnsafeBytes { JSONEscaping.append(json: $0, to: &line) }
        // JSON allows line ends between tokens. They are replaced, because the response must be one line.
        for index in line.indices where line[index] == 0x0A || line[index] == 0x0D { line[index] = 0x20 }
        while line.last == 0x20 { line.removeLast() }
        return line + [0x0A]
    }
}
