import Text

/// Finds the name that the author probably meant by a misspelt one.
package enum NearestName {
    /// The most names that are compared.
    private static let mostNames = 1000

    /// The name among `names` that is nearest to `name`; nil if none is near enough. A name is near enough if it
    /// differs only in upper and lower case or in the order of two letters, or if its edit distance is at most three
    /// and at most a third of the letters. A distance of one is enough for every name of two or more letters.
    package static func among(_ names: some Sequence<String>, to name: String) -> String? {
        let limit = min(3, max(1, name.utf8.count / 3))
        var nearest: (name: String, distance: Int)?
        for candidate in names.prefix(Self.mostNames) where candidate != name {
            if candidate.lowercased() == name.lowercased() { return candidate }
            // With a difference of one letter permitted, a name of one letter would be near to every other.
            guard name.utf8.count > 1, abs(candidate.utf8.count - name.utf8.count) <= limit else { continue }
            let distance = EditDistance.between(candidate, name)
            let isSwapped = distance == 2 && candidate.utf8.sorted() == name.utf8.sorted()
            if distance <= limit || isSwapped, distance < nearest?.distance ?? Int.max {
                nearest = (candidate, distance)
            }
        }
        return nearest?.name
    }

    /// The keys of a dict that are text, a bounded number; empty for an object that is not a dict.
    package static func keys(of object: BorrowedReference) -> [String] {
        guard let dictionary = DictionaryObject(object) else { return [] }
        return dictionary.entries.prefix(Self.mostNames).compactMap { entry in
            entry.key.isString ? try? PythonText.string(entry.key) : nil
        }
    }
}
