internal import CLinux

/// Something that a confined process must not succeed with, attempted on the process itself.
public enum SelfAttempt: Int32, Hashable, Sendable, CaseIterable {
    case openPasswordFile = 1
    case openEnvironment = 2
    case createFile = 3
    case listRoot = 4
    case connectNetwork = 5
    case connectUnix = 6
    case fork = 7
    case execute = 8
    case signalFirstProcess = 9
    case becomeRoot = 10
    case raiseLimit = 11
    case mapShared = 12
    case mapTerabyte = 13
    case useInherited = 14
    case lockMemory = 15

    /// Makes the attempt; harmless where it succeeds.
    ///
    /// - Returns: The errno it was refused with; nil when it succeeded.
    public func make() -> Int32? {
        let result = CLinux_probe(self.rawValue)
        return result == 0 ? nil : -result
    }
}
