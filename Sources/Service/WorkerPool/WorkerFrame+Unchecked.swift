import Tasks
import Wire

extension WorkerFrame {
    /// The JSON that ``WorkerStateMachine/frame(_:at:check:)`` checks, and of what kind it has to be; nil for a frame
    /// without JSON.
    func unchecked(for dialect: TaskDialect) -> (kind: WorkerOutputValidator.Kind, text: ArraySlice<UInt8>)? {
        switch self {
        case .console(let arguments): (.console, arguments)
        case .items(let items): (.items, items)
        case .result(_, let items): (dialect == .n8n ? .anyValue : .items, items)
        case .ready, .started, .log, .progress, .imported, .report, .failure, .stopped: nil
        }
    }
}
