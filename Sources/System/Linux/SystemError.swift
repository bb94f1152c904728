internal import CLinux
internal import Glibc

/// A failed system call: its name and the errno.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call's name as its manual page has it.
    public let call: String
    /// The errno of the failure.
    public let code: Int32

    public init(_ call: String, _ code: Int32) {
        self.call = call
        self.code = code
    }

    /// Whether the other end of a socket or pipe is closed: EPIPE from a write, or ECONNRESET if the peer closed its end
    /// without reading all data.
    public var isPeerGone: Bool { self.code == EPIPE || self.code == ECONNRESET }

    /// The call and the C library's text for the errno, such as `openat: Permission denied (EACCES)`.
    public var description: String {
        "\(self.call): \(Self.text(of: self.code))"
    }

    /// The C library's text for an errno and its symbolic name.
    public static func text(of code: Int32) -> String {
        let text = self.message(of: code)
        // Safety: takes a number and returns a pointer to a constant, NUL-terminated text or null.
        guard let name = unsafe CLinux_error_name(code) else { return text }
        return unsafe "\(text) (\(String(cString: name)))"
    }

    /// The C library's text for an errno alone, for messages to users: `Permission denied`.
    public static func message(of code: Int32) -> String {
        // Safety: takes a number and returns a pointer to a constant, NUL-terminated text or null.
        guard let text = unsafe CLinux_error_text(code) else { return "errno \(code)" }
        return unsafe String(cString: text)
    }
}

/// Converts the failure convention of `CLinux`, a negated errno, into an error that names the call.
@inline(__always)
@discardableResult
func checked(_ call: @autoclosure () -> String, _ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(call(), -result) }
    return result
}

/// Runs a call of the C library, repeats it after EINTR, and converts -1 into an error that names the call.
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
