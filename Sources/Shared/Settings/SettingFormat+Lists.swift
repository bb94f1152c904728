import Tasks

extension SettingFormat where Value == [String] {
    /// Module names with commas between them, groups, or `*` alone. Empty allows no module.
    static func modules(groups: Set<String>) -> Self {
        let named = groups.count == 1 ? "the group" : "the groups"
        return Self(
            accepts: "module names with commas between them, "
                + (groups.isEmpty ? "" : "\(named) \(groups.sorted().joined(separator: ", ")), ")
                + "or * alone; empty allows nothing",
            parse: { (text) throws(UnacceptableValue) in
                let names = SettingText.list(text)
                guard !names.contains("*") || names.count == 1 else {
                    throw UnacceptableValue(reason: "* must be the only value, since it allows every module")
                }
                for name in names where name != "*" {
                    if name.hasPrefix("@") {
                        guard groups.contains(name) else {
                            throw UnacceptableValue(reason: "there is no group \(name) for this setting")
                        }
                    } else {
                        guard SettingText.isModuleName(name) else {
                            throw UnacceptableValue(reason: "\"\(name)\" is not the name of a module")
                        }
                    }
                }
                return names
            },
            text: { $0.joined(separator: ",") }
        )
    }

    /// Names of built-ins with commas between them. There are neither groups nor `*`.
    static var builtins: Self {
        Self(
            accepts: "names of built-ins with commas between them; empty denies none",
            parse: { (text) throws(UnacceptableValue) in
                let names = SettingText.list(text)
                for name in names where !SettingText.isIdentifier(name) {
                    throw UnacceptableValue(reason: "\"\(name)\" is not the name of a built-in")
                }
                return names
            },
            text: { $0.joined(separator: ",") }
        )
    }

    /// Absolute folders with colons between them, as in `PATH`.
    static var folders: Self {
        Self(
            accepts: "absolute folders with colons between them",
            parse: { (text) throws(UnacceptableValue) in
                let folders = text.split(separator: ":").map(String.init)
                for folder in folders where !folder.hasPrefix("/") {
                    throw UnacceptableValue(reason: "\"\(folder)\" does not start with /")
                }
                return folders
            },
            text: { $0.joined(separator: ":") }
        )
    }
}

extension SettingFormat where Value == [UInt32] {
    /// User ids with commas between them.
    static var userIDs: Self {
        Self(
            accepts: "user ids (numbers) with commas between them; empty leaves it to the socket's mode",
            parse: { (text) throws(UnacceptableValue) in
                var users: [UInt32] = []
                var seen: Set<UInt32> = []
                for id in SettingText.list(text) {
                    // For the kernel the largest number means "no user".
                    guard let number = SettingText.wholeNumber(id), let uid = UInt32(exactly: number), uid != .max
                    else {
                        throw UnacceptableValue(reason: "\"\(id)\" is not a user id")
                    }
                    if seen.insert(uid).inserted { users.append(uid) }
                }
                return users
            },
            text: { $0.map { "\($0)" }.joined(separator: ",") }
        )
    }
}

extension SettingFormat where Value == PreloadSelection {
    static var preload: Self {
        Self(
            accepts: "none, or auto and module names with commas between them",
            parse: { (text) throws(UnacceptableValue) in
                if text == "none" { return .none }
                var names = SettingText.list(text)
                let isAutomatic = names.contains("auto")
                names.removeAll { $0 == "auto" }
                for name in names {
                    guard name != "none" else { throw UnacceptableValue(reason: "\"none\" must be the only value") }
                    guard SettingText.isModuleName(name) else {
                        throw UnacceptableValue(reason: "\"\(name)\" is not the name of a module")
                    }
                }
                return switch (isAutomatic, names.isEmpty) {
                case (true, true): .automatic
                case (true, false): .automaticAnd(names)
                case (false, true): .none
                case (false, false): .modules(names)
                }
            },
            text: {
                switch $0 {
                case .automatic: "auto"
                case .none: "none"
                case .automaticAnd(let names): (["auto"] + names).joined(separator: ",")
                case .modules(let names): names.joined(separator: ",")
                }
            }
        )
    }
}
