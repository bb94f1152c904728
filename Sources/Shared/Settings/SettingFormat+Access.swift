import Tasks

extension SettingFormat where Value == ServiceSettings.Socket {
    static var socket: Self {
        Self(
            accepts: "auto, none, or an absolute path of at most 107 bytes",
            parse: { (text) throws(UnacceptableValue) in
                switch text {
                case "auto": return .automatic
                case "none": return .none
                default:
                    guard text.hasPrefix("/") else { throw UnacceptableValue() }
                    // sun_path of unix(7) has 108 bytes, including the terminating zero.
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

extension SettingFormat where Value == ServiceSettings.WorkerUser {
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

    /// The identity; nil for root, and for the account `nobody` (65534), which other daemons use too.
    private static func identity(_ uid: Int, _ gid: Int) -> WorkerIdentity? {
        let refused = [0, 65534, Int(UInt32.max)]
        guard !refused.contains(uid), !refused.contains(gid), let uid = UInt32(exactly: uid),
            let gid = UInt32(exactly: gid)
        else { return nil }
        return WorkerIdentity(uid: uid, gid: gid)
    }
}

extension SettingFormat where Value == ServiceSettings.AuditDestination {
    static var audit: Self {
        Self(
            accepts: "none, log, or the absolute path of a file",
            parse: { (text) throws(UnacceptableValue) in
                switch text {
                case "none": return .none
                case "log": return .log
                default:
                    guard text.hasPrefix("/"), !text.hasSuffix("/") else { throw UnacceptableValue() }
                    return .file(text)
                }
            },
            text: {
                switch $0 {
                case .none: "none"
                case .log: "log"
                case .file(let path): path
                }
            }
        )
    }
}
