import Foundation
import NIOSSL

/// A certificate for 127.0.0.1 that nobody trusts unless told to. It and its key are good for nothing but these tests.
final class TestCertificate {
    /// A file with the certificate, for whoever is to trust it.
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
        let url = folder.appending(path: "terrarium-test-\(UUID().uuidString).pem")
        try Data(Self.certificate.utf8).write(to: url)
        self.path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func serverContext() throws -> NIOSSLContext {
        let certificate = try NIOSSLCertificate(bytes: Array(Self.certificate.utf8), format: .pem)
        let key = try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(certificate)],
                privateKey: .privateKey(key)
            )
        )
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBczCCARmgAwIBAgIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90ZXJyYXJp
        dW0gdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBoxGDAW
        BgNVBAMMD3RlcnJhcml1bSB0ZXN0czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
        BDDXVwSye/EDJobuwCu1tUP8mfPZgWSqDC/htan3te4eIHbful5xj4375U81droC
        WqgOf0DzNdPbqdZVoEEV5WWjTjBMMBoGA1UdEQQTMBGHBH8AAAGCCWxvY2FsaG9z
        dDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSuKTXru77m9CFLD0qLZwb0J+gZ
        uzAKBggqhkjOPQQDAgNIADBFAiB45ODW+dgeGyFN+RKx1SOgnwgu8BCcn4gkafFq
        MpSxmAIhAKr7ojvgUit1+93fpdllt/3W90TfmsOLsCcjgU5DvOo4
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqdMW88k8JfyjAgEj
        7p1Air+GXvaCQpFYxKO626iYnQuhRANCAAQw11cEsnvxAyaG7sArtbVD/Jnz2YFk
        qgwv4bWp97XuHiB237pecY+N++VPNXa6AlqoDn9A8zXT26nWVaBBFeVl
        -----END PRIVATE KEY-----
        """
}
