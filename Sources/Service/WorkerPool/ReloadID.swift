/// Names a reload of a pool until it has ended.
struct ReloadID: Hashable, Sendable {
    let number: UInt64
}
