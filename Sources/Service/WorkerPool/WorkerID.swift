/// Names a worker; unique within its pool. Numbers ascend in the order in which workers are requested.
struct WorkerID: Hashable, Sendable, CustomStringConvertible {
    let number: UInt64
    var description: String { "w\(self.number)" }
}
