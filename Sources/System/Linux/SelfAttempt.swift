internal import CLinux

/// A system call that confinement must refuse. A confined process attempts it to test its own confinement.
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
    case wakeSharedFutex = 16
    case readClockOfFirstProcess = 17
    case findGroupOfFirstProcess = 18
    case dropCachedPages = 19

    /// Attempts the call. A call that succeeds does no harm.
    ///
    /// - Returns: The errno of the refusal; nil if the call succeeded.
    public func make() -> Int32? {
        let result = CLinux_probe(self.rawValue)
        return result == 0 ? nil : -result
    }
}
