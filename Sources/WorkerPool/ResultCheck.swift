import JSONBytes
import Tasks

/// The broker's own look at a worker's result, before it is spliced into anything.
enum ResultCheck {
    /// The worker bounds the nesting of what the code returned; the list of items and the item around it come on top.
    private static let maximumNesting = TaskLimits.maximumNesting + 8

    /// What is wrong with `items`; nil when it is one well-formed JSON array of objects on one line.
    static func problem(_ items: ArraySlice<UInt8>) -> String? {
        do throws(JSONError) {
            try JSONText.validateArrayOfObjects(
                items,
                maximumNesting: Self.maximumNesting,
                whitespace: .spacesOnly
            )
            return nil
        } catch {
            return error.description
        }
    }
}
