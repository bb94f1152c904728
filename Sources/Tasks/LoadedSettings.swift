/// Where the value of a setting came from.
public enum SettingOrigin: Equatable, Sendable, CustomStringConvertible {
    /// A line of the configuration file.
    public struct Place: Equatable, Sendable, CustomStringConvertible {
        public var path: String
        /// Counted from 1.
        public var line: Int

        public init(path: String, line: Int) {
            self.path = path
            self.line = line
        }

        public var description: String { "\(self.path):\(self.line)" }
    }

    case byDefault
    /// The environment's variable of that name.
    case environment(variable: String)
    /// That variable of the configuration file.
    case file(variable: String, Place)

    public var description: String {
        switch self {
        case .byDefault: "default"
        case .environment(let variable): "environment, \(variable)"
        case .file(let variable, let place): "\(place), \(variable)"
        }
    }
}

/// The settings that are in force, and where each of them came from.
public struct LoadedSettings: Equatable, Sendable {
    public var settings: Settings
    /// By the short name of the setting; one that is missing has its default.
    private var origins: [String: SettingOrigin] = [:]
    private var warningsBySetting: [String: [SettingWarning]] = [:]

    /// Reads the settings from the environment, and from a configuration file if there is one.
    ///
    /// The environment wins over the file, and `TERRARIUM_X` over n8n's name for it. `X_FILE` names a file that
    /// holds the value of `X`, without the line break at its end. Values under n8n's names are read as n8n reads them.
    ///
    /// - Parameters:
    ///   - environment: All variables; those that are none of ours are left alone, unless they begin with `TERRARIUM_`.
    ///   - file: The configuration file's path, for messages, and its text.
    ///   - readFile: Reads the file that an `X_FILE` variable names. What it throws goes into the message.
    /// - Throws: A ``SettingsError`` for the first variable, by name, or the first line that is wrong.
    public init(
        environment: [String: String],
        file: (path: String, text: String)? = nil,
        readFile: (String) throws -> String
    ) throws(SettingsError) {
        self.settings = Settings()
        let sources = [
            try Source(environment: environment),
            try file.map { (file) throws(SettingsError) in try Source(path: file.path, text: file.text) },
        ].compactMap(\.self)
        // Every value is checked, also one that another source overrides: a mistake is told when it is made.
        for setting in Setting.all {
            for source in sources.reversed() {
                for variable in setting.variables.reversed() {
                    let isN8N = variable == setting.n8nVariable
                    guard
                        let (given, unread) = try isN8N
                            ? source.n8nValue(of: variable, prefersFile: setting.n8nPrefersFile, readFile: readFile)
                            : source.value(of: variable, readFile: readFile).map({ ($0, nil) })
                    else { continue }
                    let warning: String?
                    do {
                        warning = try setting.take(given.value, isN8N: isN8N, into: &self.settings)
                    } catch {
                        throw SettingsError(
                            variable: given.variable,
                            place: given.place,
                            problem: .unacceptable(
                                value: setting.isSecret ? nil : given.value,
                                reason: setting.isSecret ? nil : error.reason,
                                accepted: setting.accepts
                            )
                        )
                    }
                    self.origins[setting.name] = given.origin
                    // Only those of the value that is in force.
                    self.warningsBySetting[setting.name] = [
                        warning.map { given.warning($0, value: setting.isSecret ? nil : given.value) },
                        unread.map { $0.warning("not read, since \(given.variable) is given as well", value: nil) },
                    ]
                    .compactMap(\.self)
                }
            }
        }
    }

    /// What the operator should know about values that were taken, in the order of the settings.
    public var warnings: [SettingWarning] { Setting.all.flatMap(self.warnings(of:)) }

    /// What the operator should know about the value of `setting`.
    public func warnings(of setting: Setting) -> [SettingWarning] {
        self.warningsBySetting[setting.name] ?? []
    }

    /// Where the value of `setting` came from.
    public func origin(of setting: Setting) -> SettingOrigin {
        self.origins[setting.name] ?? .byDefault
    }
}

/// One set of variables: the environment's, or a file's.
private struct Source {
    struct Given {
        var variable: String
        var value: String
        var place: SettingOrigin.Place?

        var origin: SettingOrigin {
            self.place.map { .file(variable: self.variable, $0) } ?? .environment(variable: self.variable)
        }

        func warning(_ text: String, value: String?) -> SettingWarning {
            SettingWarning(variable: self.variable, place: self.place, value: value, text: text)
        }
    }

    private static let known = Set(Setting.all.flatMap(\.variables).flatMap { [$0, "\($0)_FILE"] })

    private var entries: [String: Given] = [:]

    init(environment: [String: String]) throws(SettingsError) {
        for variable in environment.keys.sorted() {
            if Self.known.contains(variable) {
                self.entries[variable] = Given(variable: variable, value: environment[variable] ?? "")
            } else if variable.hasPrefix("TERRARIUM_") {
                throw SettingsError(variable: variable, problem: .unknown(suggestion: Self.nearest(to: variable)))
            }
        }
    }

    init(path: String, text: String) throws(SettingsError) {
        let file: SettingsFile
        do {
            file = try SettingsFile(text)
        } catch {
            throw SettingsError(
                place: .init(path: path, line: error.line),
                problem: .malformedLine(reason: error.reason)
            )
        }
        for entry in file.entries {
            let place = SettingOrigin.Place(path: path, line: entry.line)
            guard Self.known.contains(entry.key) else {
                throw SettingsError(
                    variable: entry.key,
                    place: place,
                    problem: .unknown(suggestion: Self.nearest(to: entry.key))
                )
            }
            if let earlier = self.entries[entry.key]?.place {
                throw SettingsError(
                    variable: entry.key,
                    place: place,
                    problem: .givenTwice(also: "line \(earlier.line)")
                )
            }
            self.entries[entry.key] = Given(variable: entry.key, value: entry.value, place: place)
        }
    }

    /// The value of `variable`, read from a file if it is given that way.
    func value(of variable: String, readFile: (String) throws -> String) throws(SettingsError) -> Given? {
        guard let file = self.entries["\(variable)_FILE"] else { return self.entries[variable] }
        guard self.entries[variable] == nil else {
            throw SettingsError(variable: file.variable, place: file.place, problem: .givenTwice(also: variable))
        }
        var given = try Self.read(file, readFile)
        var content = given.value.utf8[...]
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        if content.last == UInt8(ascii: "\r") { content.removeLast() }
        given.value = String(decoding: content, as: UTF8.self)
        return given
    }

    /// The value of a variable of n8n's, which may be given both ways.
    ///
    /// - Returns: The value, and the variable that does not count because of it.
    func n8nValue(
        of variable: String,
        prefersFile: Bool,
        readFile: (String) throws -> String
    ) throws(SettingsError) -> (Given, unread: Given?)? {
        let direct = self.entries[variable]
        let file = self.entries["\(variable)_FILE"]
        guard let file, direct == nil || prefersFile else { return direct.map { ($0, file) } }
        var given = try Self.read(file, readFile)
        var content = given.value.utf8[...]
        while let last = content.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { content.removeLast() }
        given.value = String(decoding: content, as: UTF8.self)
        return (given, direct)
    }

    /// The content of the file that a variable names.
    private static func read(_ file: Given, _ readFile: (String) throws -> String) throws(SettingsError) -> Given {
        var given = file
        do {
            given.value = try readFile(file.value)
        } catch {
            throw SettingsError(
                variable: file.variable,
                place: file.place,
                problem: .unreadable(path: file.value, reason: "\(error)")
            )
        }
        return given
    }

    /// The known variable that the fewest single-letter changes away from `variable`, if these are few.
    private static func nearest(to variable: String) -> String? {
        if Self.known.contains("TERRARIUM_\(variable)") { return "TERRARIUM_\(variable)" }
        return Self.known.sorted().map { (name: $0, distance: Self.distance($0, variable)) }
            .filter { $0.distance <= 4 }.min { $0.distance < $1.distance }?.name
    }

    /// The number of letters to insert, delete or replace to get from one name to the other.
    private static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other.utf8.prefix(100))
        var row = Array(0...other.count)
        for (index, letter) in one.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, otherLetter) in other.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (letter == otherLetter ? 0 : 1))
                diagonal = above
            }
        }
        return row[other.count]
    }
}
