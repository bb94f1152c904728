internal import CLinux
internal import Glibc

/// A system call that failed: which one, and with what errno.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call's name as its manual page has it.
    public let call: String
    /// The errno it left.
    public let code: Int32

    public init(_ call: String, _ code: Int32) {
        self.call = call
        self.code = code
    }

    /// The call and the C library's text for the errno, such as `openat: Permission denied (EACCES)`.
    public var description: String {
        "\(self.call): \(Self.text(of: self.code))"
    }

    /// The C library's text for an errno and its symbolic name.
    public static func text(of code: Int32) -> String {
        // Safety: both functions take a number and return a pointer to a constant, NUL-terminated text or null.
        guard let text = unsafe CLinux_error_text(code) else { return "errno \(code)" }
        guard let name = unsafe CLinux_error_name(code) else { return unsafe String(cString: text) }
        return unsafe "\(String(cString: text)) (\(String(cString: name)))"
    }
}

/// Turns the convention of `CLinux`, a negated errno for a failure, into an error that names the call.
@inline(__always)
@discardableResult
func checked(_ call: @autoclosure () -> String, _ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(call(), -result) }
    return result
}

/// Runs a call of the C library until it is not interrupted, and turns -1 into an error that names it.
@inline(__always)
@discardableResult
func retrying<Result: SignedInteger>(_ call: String, _ body: () -> Result) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call, code) }
    }
}
