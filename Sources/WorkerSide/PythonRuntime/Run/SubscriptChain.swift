/// An expression such as `_items[0]["json"]["name"]`, read from its text: a variable and its subscripts.
struct SubscriptChain {
    /// A subscript: a number, a text in quotes, or a variable.
    enum Subscript {
        case index(Int)
        case text(String)
        case variable(String)
    }

    let variable: String
    let subscripts: [Subscript]
    /// The text without the last subscript.
    let receiver: String

    /// Nil for any other expression.
    init?(_ text: String) {
        guard text.last == "]", let start = text.firstIndex(of: "[") else { return nil }
        let variable = text[..<start]
        guard Self.isName(variable) else { return nil }
        var subscripts: [Subscript] = []
        var receiver = ""
        var rest = text[start...]
        while !rest.isEmpty {
            receiver = String(text[..<rest.startIndex])
            guard rest.first == "[", let end = rest.firstIndex(of: "]"),
                let next = Self.parse(rest[rest.index(after: rest.startIndex)..<end])
            else { return nil }
            subscripts.append(next)
            rest = rest[rest.index(after: end)...]
        }
        self.variable = String(variable)
        self.subscripts = subscripts
        self.receiver = receiver
    }

    private static func parse(_ text: Substring) -> Subscript? {
        if let index = Int(text) { return .index(index) }
        if Self.isName(text) { return .variable(String(text)) }
        guard let quote = text.first, quote == "\"" || quote == "'", text.count >= 2, text.last == quote else {
            return nil
        }
        let inside = text.dropFirst().dropLast()
        return inside.contains(quote) || inside.contains("\\") ? nil : .text(String(inside))
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.first, first == "_" || first.isLetter else { return false }
        return text.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
    }

    /// The object to which the last subscript was applied; nil if it cannot be found in dicts and lists. Borrowed from
    /// the frame.
    func findReceiver(in frame: borrowing FailingFrame) -> BorrowedReference? {
        guard var value = frame.value(of: self.variable) else { return nil }
        for step in self.subscripts.dropLast() {
            guard let key = Self.key(for: step, in: frame) else { return nil }
            let next: BorrowedReference?
            if let list = ListObject(value), let index = unsafe key.borrowed.smallInteger {
                let position = index < 0 ? index + list.count : index
                next = position >= 0 && position < list.count ? list[position] : nil
            } else if unsafe key.borrowed.isExactString || key.borrowed.isExactInteger {
                next = DictionaryObject(value)?.value(for: key)
            } else {
                next = nil
            }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// The first item, in place of a variable that the frame does not have; nil if the item has no field of that name.
    /// From CPython 3.12 on, the variable of a comprehension no longer exists when the exception arrives. Borrowed from
    /// the frame.
    func findItem(in frame: borrowing FailingFrame, having name: BorrowedReference) -> BorrowedReference? {
        guard self.subscripts.count == 1, frame.value(of: self.variable) == nil,
            let items = frame.value(of: "_items").flatMap({ ListObject($0) }), items.count > 0,
            case let item = items[0],
            let fields = DictionaryObject(item)?["json"].flatMap({ DictionaryObject($0) }), fields[name] != nil
        else { return nil }
        return item
    }

    private static func key(for step: Subscript, in frame: borrowing FailingFrame) -> PythonReference? {
        switch step {
        case .index(let index): try? PythonReference.integer(index)
        case .text(let text): try? PythonText.make(text)
        case .variable(let name): frame.value(of: name)?.owned
        }
    }
}
