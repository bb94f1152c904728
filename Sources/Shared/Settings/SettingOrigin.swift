/// The source of a setting's value.
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
    /// The variable of that name in the configuration file, and its line.
    case file(variable: String, Place)

    /// The variable; nil for a default.
    var variable: String? {
        switch self {
        case .byDefault: nil
        case .environment(let variable), .file(let variable, _): variable
        }
    }

    public var description: String {
        switch self {
        case .byDefault: "default"
        case .environment(let variable): "environment, \(variable)"
        case .file(let variable, let place): "\(place), \(variable)"
        }
    }
}
