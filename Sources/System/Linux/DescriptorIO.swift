internal import Glibc

/// Complete reads and writes on a blocking descriptor, for code that may block: fork servers, workers, dedicated threads
/// and tools. Must not be used on an event loop.
public enum DescriptorIO {
    /// Reads until `buffer` is full or the stream ends.
    ///
    /// - Returns: The number of bytes read, which is less than the buffer's size only at the end of the stream.
    public static func readFully(
        _ buffer: UnsafeMutableRawBufferPointer,
        from descriptor: CInt
    ) throws(SystemError) -> Int {
        var filled = 0
        while filled < buffer.count {
            // Safety: `filled` stays within the buffer, and the call writes at most what is left of it.
            let got = try retrying("read") {
                unsafe read(descriptor, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled)
            }
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// Reads exactly `count` bytes.
    ///
    /// - Returns: nil if the stream ended before the first byte.
    /// - Throws: `SystemError`; EPIPE when the stream ended in the middle.
    public static func readFully(_ count: Int, from descriptor: CInt) throws(SystemError) -> [UInt8]? {
        guard count > 0 else { return [] }
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(SystemError) {
                initialized = try unsafe self.readFully(
                    UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count),
                    from: descriptor
                )
            } catch {
                failure = error
                initialized = 0
            }
        }
        if let failure { throw failure }
        if bytes.isEmpty { return nil }
        guard bytes.count == count else { throw SystemError("read", EPIPE) }
        return bytes
    }

    /// Reads the available bytes, at most `maximum`. Waits until at least one byte is available.
    ///
    /// - Returns: nil at the end of the stream.
    public static func readSome(maximum: Int, from descriptor: CInt) throws(SystemError) -> [UInt8]? {
        var got = 0
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: maximum) { buffer, initialized in
            repeat {
                // Safety: the array has room for `maximum` bytes.
                got = unsafe read(descriptor, buffer.baseAddress, maximum)
                code = errno
            } while got < 0 && code == EINTR
            initialized = max(got, 0)
        }
        guard got >= 0 else { throw SystemError("read", code) }
        return got == 0 ? nil : bytes
    }

    /// Reads and drops data until the stream ends or fails. It uses only stack memory, because the caller may be unable
    /// to allocate.
    public static func discardUntilEnd(of descriptor: CInt) {
        unsafe withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
            while true {
                // Safety: the call writes at most as many bytes as the buffer has.
                let got = unsafe read(descriptor, buffer.baseAddress, buffer.count)
                guard got > 0 || (got < 0 && errno == EINTR) else { return }
            }
        }
    }

    /// Writes all of a buffer.
    public static func writeFully(_ buffer: UnsafeRawBufferPointer, to descriptor: CInt) throws(SystemError) {
        var written = 0
        while written < buffer.count {
            // Safety: `written` stays within the buffer, and the call reads at most what is left of it.
            written += try retrying("write") {
                unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
            }
        }
    }

    /// Writes all bytes of a collection.
    public static func writeFully(_ bytes: some Collection<UInt8>, to descriptor: CInt) throws(SystemError) {
        var failure: SystemError?
        let write: (UnsafeRawBufferPointer) -> Void = { buffer in
            do throws(SystemError) {
                try unsafe self.writeFully(buffer, to: descriptor)
            } catch {
                failure = error
            }
        }
        if bytes.withContiguousStorageIfAvailable({ unsafe write(UnsafeRawBufferPointer($0)) }) == nil {
            unsafe ContiguousArray(bytes).withUnsafeBytes { unsafe write($0) }
        }
        if let failure { throw failure }
    }

    /// The events poll(2) reports for one descriptor.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: Int16
        public init(rawValue: Int16) { self.rawValue = rawValue }
        /// Data or the end of the stream can be read.
        public static let readable = Readiness(rawValue: Int16(POLLIN))
        /// The descriptor is in an error state, or not open.
        public static let failed = Readiness(rawValue: Int16(POLLERR) | Int16(POLLNVAL))
    }

    /// Waits until one of the descriptors is readable, or for `timeout`.
    ///
    /// - Returns: One entry for each descriptor, in their order. All are empty if the timeout expired or a signal
    ///   arrived.
    public static func poll(
        readable descriptors: [CInt],
        timeout: Duration? = nil
    ) throws(SystemError) -> [Readiness] {
        try self.poll(descriptors, for: Int16(POLLIN), timeout)
    }

    /// Waits until a file that reports changes by POLLPRI, such as cgroup.events, has changed since it was last read, or for
    /// `timeout`.
    ///
    /// - Returns: Whether the file changed; also false if a signal arrived.
    public static func poll(changed descriptor: CInt, timeout: Duration) throws(SystemError) -> Bool {
        !(try self.poll([descriptor], for: Int16(POLLPRI), timeout)[0].isEmpty)
    }

    private static func poll(
        _ descriptors: [CInt],
        for events: Int16,
        _ timeout: Duration?
    ) throws(SystemError) -> [Readiness] {
        var entries = descriptors.map { pollfd(fd: $0, events: events, revents: 0) }
        let milliseconds: Int32
        if let timeout {
            let (seconds, attoseconds) = timeout.components
            // Rounded up, so that a caller who waits for a deadline does not spin just before it.
            milliseconds = Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        } else {
            milliseconds = -1
        }
        let result = unsafe entries.withUnsafeMutableBufferPointer { buffer in
            // Safety: the call fills `revents` of exactly the entries it is given.
            unsafe Glibc.poll(buffer.baseAddress, nfds_t(buffer.count), milliseconds)
        }
        if result < 0 {
            let code = errno
            guard code == EINTR else { throw SystemError("poll", code) }
            return Array(repeating: [], count: descriptors.count)
        }
        return entries.map { Readiness(rawValue: $0.revents) }
    }
}
