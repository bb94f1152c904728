import Glibc
import Linux
import Testing

@Suite struct DescriptorPassingTests {
    init() { signal(SIGPIPE, SIG_IGN) }

    @Test func aDescriptorArrivesOpenCloseOnExecAndWithItsBytes() throws {
        let channel = try SocketPair.sequencedPackets()
        let cargo = try SocketPair.stream()
        try DescriptorPassing.send([1, 2, 3], descriptor: cargo.theirs.rawValue, over: channel.ours.rawValue)
        var message = try self.receive(from: channel.theirs.rawValue)
        #expect(message.bytes == [1, 2, 3])
        guard let received = message.takeDescriptor() else {
            Issue.record("no descriptor came along")
            return
        }
        #expect(fcntl(received.rawValue, F_GETFD) == FD_CLOEXEC)
        let isTaken = message.takeDescriptor() == nil
        #expect(isTaken)
        try DescriptorIO.writeFully(Array("hi".utf8), to: received.rawValue)
        #expect(try DescriptorIO.readSome(maximum: 8, from: cargo.ours.rawValue) == Array("hi".utf8))
    }

    @Test func aDescriptorNobodyTakesIsClosed() throws {
        let channel = try SocketPair.sequencedPackets()
        let cargo = try SocketPair.stream()
        try DescriptorPassing.send([1], descriptor: cargo.theirs.rawValue, over: channel.ours.rawValue)
        do {
            let message = try self.receive(from: channel.theirs.rawValue)
            #expect(message.bytes == [1])
        }
        // Only ours and theirs are left; once theirs goes, the other end sees the end of the stream.
        let ours = self.keepOurs(cargo)
        #expect(try DescriptorIO.readSome(maximum: 8, from: ours.rawValue) == nil)
    }

    @Test func aMessageTooLongForItsReaderIsAnErrorAndItsDescriptorClosed() throws {
        let channel = try SocketPair.sequencedPackets()
        let cargo = try SocketPair.stream()
        try DescriptorPassing.send(
            Array(repeating: 7, count: 64),
            descriptor: cargo.theirs.rawValue,
            over: channel.ours.rawValue
        )
        #expect(throws: SystemError("recvmsg", EMSGSIZE)) {
            _ = try DescriptorPassing.receive(from: channel.theirs.rawValue, maximum: 8)
        }
        let ours = self.keepOurs(cargo)
        #expect(try DescriptorIO.readSome(maximum: 8, from: ours.rawValue) == nil)
    }

    @Test func theEndOfTheStreamIsNoMessage() throws {
        let channel = try SocketPair.sequencedPackets()
        let ours = self.keepOurs(channel)
        let message = try DescriptorPassing.receive(from: ours.rawValue, maximum: 8)
        let isEnd = message == nil
        #expect(isEnd)
    }

    @Test func writingToNobodyIsAnErrorAndNoSignal() throws {
        let channel = try SocketPair.sequencedPackets()
        let ours = self.keepOurs(channel)
        #expect(throws: SystemError("sendmsg", EPIPE)) {
            try DescriptorPassing.send([1], descriptor: nil, over: ours.rawValue)
        }
    }

    @Test func readingFullyTellsTheEndFromATornMessage() throws {
        let pair = try SocketPair.stream()
        try DescriptorIO.writeFully([1, 2, 3], to: pair.theirs.rawValue)
        let ours = self.keepOurs(pair)
        #expect(try DescriptorIO.readFully(2, from: ours.rawValue) == [1, 2])
        #expect(throws: SystemError("read", EPIPE)) { _ = try DescriptorIO.readFully(2, from: ours.rawValue) }
        #expect(try DescriptorIO.readFully(2, from: ours.rawValue) == nil)
    }

    @Test func pollingSeesWhatCanBeReadAndTimesOutOtherwise() throws {
        let pair = try SocketPair.stream()
        #expect(try DescriptorIO.poll(readable: [pair.ours.rawValue], timeout: .zero) == [[]])
        try DescriptorIO.writeFully([1], to: pair.theirs.rawValue)
        let ready = try DescriptorIO.poll(readable: [pair.ours.rawValue, pair.theirs.rawValue])
        #expect(ready[0].contains(.readable))
        #expect(ready[1].isEmpty)
    }

    @Test func peerCredentialsAreThisProcess() throws {
        let pair = try SocketPair.stream()
        let peer = try PeerCredentials.of(pair.ours.rawValue)
        #expect(peer == PeerCredentials(pid: getpid(), uid: getuid(), gid: getgid()))
    }

    private func receive(from socket: CInt) throws -> ReceivedMessage {
        guard let message = try DescriptorPassing.receive(from: socket, maximum: 16) else {
            throw SystemError("recvmsg", ECONNRESET)
        }
        return message
    }

    private func keepOurs(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.ours }
}
