import Synchronization

/// The service's one ``MemoryAccount``, shared by its front ends and its dispatcher. `Daemon` makes it. Callable from any
/// thread. It calls no code of other types while it holds its lock.
public final class UserMemory: Sendable {
    private let account: Mutex<MemoryAccount>

    public init(_ limits: MemoryAccount.Limits) {
        self.account = Mutex(MemoryAccount(limits))
    }

    /// The limits in force.
    public var limits: MemoryAccount.Limits { self.account.withLock { $0.limits } }

    /// Replaces the limits. They apply to bytes that are taken or reserved afterwards.
    public func apply(_ limits: MemoryAccount.Limits) {
        self.account.withLock { $0.limits = limits }
    }

    /// How many bytes are kept for a user.
    public func kept(for uid: UInt32) -> Int {
        self.account.withLock { $0.kept(for: uid) }
    }

    /// See ``MemoryAccount/take(_:for:)``.
    public func take(_ count: Int, for uid: UInt32) -> Bool {
        self.account.withLock { $0.take(count, for: uid) }
    }

    /// See ``MemoryAccount/release(_:for:)``.
    public func release(_ count: Int, for uid: UInt32) {
        self.account.withLock { $0.release(count, for: uid) }
    }

    /// See ``MemoryAccount/reserveAnswer(for:)``.
    public func reserveAnswer(for uid: UInt32) -> Int? {
        self.account.withLock { $0.reserveAnswer(for: uid) }
    }

    /// See ``MemoryAccount/releaseAnswer(_:for:)``.
    public func releaseAnswer(_ count: Int, for uid: UInt32) {
        self.account.withLock { $0.releaseAnswer(count, for: uid) }
    }
}
