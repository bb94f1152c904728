import Glibc
import Linux
import Sandbox
import Tasks
import TestSupport
import Testing
import Wire

/// What a fork server of the real program writes to standard error when its broker is gone.
@Suite struct BrokerGoneTests {
    /// Starts it with a control socket on which these bytes wait and whose other end is closed.
    ///
    /// - Returns: What it wrote until it ended.
    private func errors(afterSending request: [UInt8]?) throws -> String {
        let control = try SocketPair.sequencedPackets()
        if let request { try DescriptorPassing.send(request, descriptor: nil, over: control.ours.rawValue) }
        let output = try SocketPair.stream()
        _ = try ForkServerProcess.spawn(
            executable: Programs.worker,
            arguments: [Programs.worker],
            environment: SandboxProfile.environment(timeZone: nil),
            descriptors: [control.theirs.rawValue],
            standardError: output.theirs.rawValue
        )
        control.close()
        let reader = output.closeTheirs()
        var text: [UInt8] = []
        while let some = try DescriptorIO.readSome(maximum: 4096, from: reader.rawValue) { text += some }
        return String(decoding: text, as: UTF8.self)
    }

    private var request: [UInt8] {
        let configuration = WorkerConfiguration(
            policy: TaskPolicy(standardLibraryAllow: ["*"], externalAllow: [], builtinsDeny: []),
            limits: ForkServerClient.limits,
            preload: .none,
            identity: getuid() == 0 ? WorkerIdentity(uid: 64_999, gid: 64_999) : nil
        )
        return ControlRequest.configure(configuration).encoded
    }

    @Test func aBrokerThatStopsBeforeItsForkServerServesIsNoError() async throws {
        let request = self.request
        #expect(try await offloaded { try self.errors(afterSending: request) }.isEmpty)
        // Control: started without a configuration it explains itself, over the same descriptor.
        #expect(try await offloaded { try self.errors(afterSending: nil) }.contains("do not start it directly"))
    }
}

extension SocketPair {
    /// Closes both ends.
    fileprivate consuming func close() {}

    /// Closes the other process's end here.
    fileprivate consuming func closeTheirs() -> OwnedDescriptor { self.ours }
}
