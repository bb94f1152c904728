extension SettingFormat where Value == [String] {
    /// Module names with commas between them, groups, or `*` alone. Nothing allows nothing.
    static func modules(groups: Set<String>) -> Self {
        Self(
            accepts: "module names with commas between them, "
                + (groups.isEmpty ? "" : "the groups \(groups.sorted().joined(separator: ", ")), ")
                + "or * alone; empty allows nothing",
            parse: { (text) throws(UnacceptableValue) in
                let names = SettingText.list(text)
                guard !names.contains("*") || names.count == 1 else {
                    throw UnacceptableValue(reason: "* must stand alone, since it allows every module")
                }
                for name in names where name != "*" {
                    if name.hasPrefix("@") {
                        guard groups.contains(name) else {
                            throw UnacceptableValue(reason: "there is no group \(name) here")
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

    /// Names of built-ins, taken literally.
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
                try SettingText.list(text).map { (id) throws(UnacceptableValue) in
                    // The largest one means "no user" to the kernel.
                    guard let number = SettingText.wholeNumber(id), let uid = UInt32(exactly: number), uid != .max
                    else {
                        throw UnacceptableValue(reason: "\"\(id)\" is not a user id")
                    }
                    return uid
                }
            },
            text: { $0.map { "\($0)" }.joined(separator: ",") }
        )
    }
}

extension SettingFormat where Value == PreloadSelection {
    static var preload: Self {
        Self(
            accepts: "auto, none, or module names with commas between them",
            parse: { (text) throws(UnacceptableValue) in
                switch text {
                case "auto": return .automatic
                case "none", "": return .none
                default:
                    let names = SettingText.list(text)
                    for name in names where !SettingText.isModuleName(name) {
                        throw UnacceptableValue(reason: "\"\(name)\" is not the name of a module")
                    }
                    return .modules(names)
                }
            },
            text: {
                switch $0 {
                case .automatic: "auto"
                case .none: "none"
                case .modules(let names): names.joined(separator: ",")
                }
            }
        )
    }
}

extension SettingFormat where Value == Settings.Socket {
    static var socket: Self {
        Self(
            accepts: "auto, none, or an absolute path of at most 107 bytes",
            parse: { (text) throws(UnacceptableValue) in
                switch text {
                case "auto": return .automatic
                case "none": return .none
                default:
                    guard text.hasPrefix("/") else { throw UnacceptableValue() }
                    // sun_path of unix(7) holds 108 bytes with the terminating zero.
                    guard text.utf8.count <= 107 else {
                        throw UnacceptableValue(reason: "the path has \(text.utf8.count) bytes")
                    }
                    return .path(text)
                }
            },
            text: {
                switch $0 {
                case .automatic: "auto"
                case .none: "none"
                case .path(let path): path
                }
            }
        )
    }
}

extension SettingFormat where Value == UInt32? {
    /// The mode of a file in octal digits, or `auto`.
    static var mode: Self {
        Self(
            accepts: "auto, or an octal mode from 0600 to 0777",
            parse: { (text) throws(UnacceptableValue) in
                if text == "auto" { return nil }
                guard (3...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
                    let mode = UInt32(text, radix: 8), (0o600...0o777).contains(mode), mode & 0o600 == 0o600
                else { throw UnacceptableValue() }
                return mode
            },
            text: { $0.map { "0" + String($0, radix: 8) } ?? "auto" }
        )
    }
}

extension SettingFormat where Value == Settings.WorkerUser {
    static var workerUser: Self {
        Self(
            accepts: "auto, a user's name, UID or UID:GID; neither root nor nobody",
            parse: { (text) throws(UnacceptableValue) in
                if text == "auto" { return .automatic }
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                if let first = parts.first, let uid = SettingText.wholeNumber(String(first)) {
                    guard parts.count <= 2, let gid = SettingText.wholeNumber(String(parts[parts.count - 1])),
                        let identity = Self.identity(uid, gid)
                    else { throw UnacceptableValue() }
                    return .identity(identity)
                }
                guard parts.count == 1, SettingText.isUserName(text), !["root", "nobody"].contains(text) else {
                    throw UnacceptableValue()
                }
                return .name(text)
            },
            text: {
                switch $0 {
                case .automatic: "auto"
                case .name(let name): name
                case .identity(let identity): "\(identity.uid):\(identity.gid)"
                }
            }
        )
    }

    /// An identity that belongs to nobody else: root owns the machine, and 65534 (nobody) is where other
    /// programs drop to as well.
    private static func identity(_ uid: Int, _ gid: Int) -> WorkerIdentity? {
        let foreign = [0, 65534, Int(UInt32.max)]
        guard !foreign.contains(uid), !foreign.contains(gid), let uid = UInt32(exactly: uid),
            let gid = UInt32(exactly: gid)
        else { return nil }
        return WorkerIdentity(uid: uid, gid: gid)
    }
}
