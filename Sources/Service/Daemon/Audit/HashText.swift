import Crypto
import Foundation

/// Formats hashes as text.
enum HashText {
    /// The SHA-256 of bytes (FIPS 180-4) in lower-case hexadecimal digits. Contiguous bytes are hashed without a copy.
    static func sha256(_ bytes: some Collection<UInt8>) -> String {
        var hash = SHA256()
        if bytes.withContiguousStorageIfAvailable({ hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
            hash.update(data: Array(bytes))
        }
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}
