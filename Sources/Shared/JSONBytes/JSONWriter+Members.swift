extension JSONWriter {
    /// Writes a member of an object if it has a value.
    public mutating func write(_ value: String?, for key: String) {
        guard let value else { return }
        self.key(key)
        self.string(value)
    }

    /// Writes a member of an object if it has a value.
    public mutating func write(_ value: Int?, for key: String) {
        guard let value else { return }
        self.key(key)
        self.integer(value)
    }
}
