import Text

/// Finds the name that the author of a misspelt one probably meant.
package enum NearestName {
    /// The most names that are compared.
    private static let mostNames = 1000

    /// The nearest of the names, if it is near enough: it differs in upper and lower case only, in the order of two letters, or
    /// in a third of the letters, at most three.
    package static func among(_ names: some Sequence<String>, to name: String) -> String? {
        let limit = min(3, max(1, name.utf8.count / 3))
        var nearest: (name: String, distance: Int)?
        for candidate in names.prefix(Self.mostNames) where candidate != name {
            if candidate.lowercased() == name.lowercased() { return candidate }
            // Nothing is suggested for a name of one letter: its distance to any other such name is 1.
            guard name.utf8.count > 1, abs(candidate.utf8.count - name.utf8.count) <= limit else { continue }
            let distance = EditDistance.between(candidate, name)
            let isSwapped = distance == 2 && candidate.utf8.sorted() == name.utf8.sorted()
            if distance <= limit || isSwapped, distance < nearest?.distance ?? Int.max {
                nearest = (candidate, distance)
            }
        }
        return nearest?.name
    }

    /// The keys of a dict that are text, a bounded number; none for another object.
    package static func keys(of object: BorrowedReference) -> [String] {
        guard let dictionary = DictionaryObject(object) else { return [] }
        return dictionary.entries.prefix(Self.mostNames).compactMap { entry in
            entry.key.isString ? try? PythonText.string(entry.key) : nil
        }
    }
}
