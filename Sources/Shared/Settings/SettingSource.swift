import Text

/// One source of settings: the variables of the environment, or those of the configuration file. Unknown variables are
/// refused here. The values are checked later, by ``LoadedSettings``.
struct SettingSource {
    /// A variable and its text.
    struct Entry {
        var variable: String
        var text: String
        /// The line of the configuration file; nil for the environment.
        var place: SettingOrigin.Place?
        /// The file that the text was read from, if the variable names one.
        var path: String?

        var origin: SettingOrigin {
            self.place.map { .file(variable: self.variable, $0) } ?? .environment(variable: self.variable)
        }

        func warning(_ message: String, value: String?) -> SettingWarning {
            SettingWarning(variable: self.variable, place: self.place, value: value, text: message)
        }
    }

    private static let known = Set(Setting.all.flatMap(\.variables).flatMap { [$0, "\($0)_FILE"] })

    private var entries: [String: Entry] = [:]

    /// The environment. Unknown variables are refused when they begin with `TERRARIUM_`.
    init(environment: [String: String]) throws(SettingsError) {
        for variable in environment.keys.sorted() {
            if Self.known.contains(variable) {
                self.entries[variable] = Entry(variable: variable, text: environment[variable] ?? "")
            } else if variable.hasPrefix("TERRARIUM_") {
                throw SettingsError(variable: variable, problem: .unknown(suggestion: Self.nearest(to: variable)))
            }
        }
    }

    /// A configuration file.
    init(path: String, text: String) throws(SettingsError) {
        let file: KeyValueFile
        do {
            file = try KeyValueFile(text)
        } catch {
            throw SettingsError(
                place: .init(path: path, line: error.line),
                problem: .malformedLine(reason: error.reason)
            )
        }
        for line in file.entries {
            let place = SettingOrigin.Place(path: path, line: line.line)
            guard Self.known.contains(line.key) else {
                throw SettingsError(
                    variable: line.key,
                    place: place,
                    problem: .unknown(suggestion: Self.nearest(to: line.key))
                )
            }
            if let earlier = self.entries[line.key]?.place {
                throw SettingsError(
                    variable: line.key,
                    place: place,
                    problem: .duplicate(of: "line \(earlier.line)")
                )
            }
            self.entries[line.key] = Entry(variable: line.key, text: line.value, place: place)
        }
    }

    /// The value of `variable`, or the content of the file that `variable` with `_FILE` names, without its line break at the
    /// end; nil if neither is given. It is an error if both are given.
    func value(of variable: String, readFile: (String) throws -> String) throws(SettingsError) -> Entry? {
        guard let file = self.entries["\(variable)_FILE"] else { return self.entries[variable] }
        guard self.entries[variable] == nil else {
            throw SettingsError(variable: file.variable, place: file.place, problem: .duplicate(of: variable))
        }
        var entry = try Self.read(file, readFile)
        var content = entry.text.utf8[...]
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        if content.last == UInt8(ascii: "\r") { content.removeLast() }
        entry.text = String(decoding: content, as: UTF8.self)
        return entry
    }

    /// The value of a variable of n8n's, which may be given both directly and in a file.
    ///
    /// - Returns: The value, and the other variable, which is ignored, if both are given; nil if neither is given.
    func n8nValue(
        of variable: String,
        prefersFile: Bool,
        readFile: (String) throws -> String
    ) throws(SettingsError) -> (Entry, ignored: Entry?)? {
        let direct = self.entries[variable]
        let file = self.entries["\(variable)_FILE"]
        guard let file, direct == nil || prefersFile else { return direct.map { ($0, file) } }
        var entry = try Self.read(file, readFile)
        var content = entry.text.utf8[...]
        while let last = content.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { content.removeLast() }
        entry.text = String(decoding: content, as: UTF8.self)
        return (entry, direct)
    }

    /// The content of the file that a variable names.
    private static func read(_ file: Entry, _ readFile: (String) throws -> String) throws(SettingsError) -> Entry {
        var entry = file
        do {
            entry.text = try readFile(file.text)
            entry.path = file.text
        } catch {
            throw SettingsError(
                variable: file.variable,
                place: file.place,
                problem: .unreadable(path: file.text, reason: "\(error)")
            )
        }
        return entry
    }

    /// The known variable with the smallest edit distance, if it is at most four.
    private static func nearest(to variable: String) -> String? {
        if Self.known.contains("TERRARIUM_\(variable)") { return "TERRARIUM_\(variable)" }
        return Self.known.sorted().map { (name: $0, distance: EditDistance.between($0, variable)) }
            .filter { $0.distance <= 4 }.min { $0.distance < $1.distance }?.name
    }
}
