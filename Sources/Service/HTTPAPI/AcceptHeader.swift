/// The media types that a client accepts, with their quality values (RFC 9110, section 12.5.1).
struct AcceptHeader {
    private var qualities: [(type: String, quality: Double)] = []

    /// - Parameter elements: The elements of the list, without the commas between them.
    init(_ elements: [Substring]) {
        for element in elements {
            let parts = element.split(separator: ";")
            guard let type = parts.first.map(Self.trimmed) else { continue }
            var quality = 1.0
            for parameter in parts.dropFirst().map(Self.trimmed) where parameter.hasPrefix("q=") {
                // An invalid quality counts as 0, so that the type is not preferred. The request is not refused.
                quality = Double(parameter.dropFirst(2)).map { min(max($0, 0), 1) } ?? 0
            }
            self.qualities.append((type, quality))
        }
    }

    /// Whether the client prefers `type` to `other`. A type that the header does not name is not preferred: a range such as
    /// `*/*` does not mean that the client can read a stream. If both have the same quality, `type` is preferred.
    func prefers(_ type: String, to other: String) -> Bool {
        guard let wanted = self.quality(of: type), wanted > 0 else { return false }
        return wanted >= self.quality(of: other) ?? 0
    }

    private func quality(of type: String) -> Double? {
        self.qualities.last { $0.type == type }?.quality
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return String(start.prefix { $0 != " " && $0 != "\t" }).lowercased()
    }
}
