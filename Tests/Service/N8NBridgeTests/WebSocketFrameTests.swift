import NIOCore
import TestSupport
import Testing

@testable import N8NBridge

@Suite struct WebSocketFrameTests {
    typealias Event = WebSocketFrameReader.Event

    /// A server's frame, header and payload.
    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        switch payload.count {
        case 0...125: [first, UInt8(payload.count)] + payload
        case 126...65535: [first, 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)] + payload
        default: [first, 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) } + payload
        }
    }

    /// Decodes `bytes` in pieces of `step`.
    static func read(
        _ bytes: [UInt8],
        step: Int = .max,
        limit: Int = 1 << 20
    ) throws(WebSocketViolation) -> [Event] {
        var reader = WebSocketFrameReader(maximumMessage: limit)
        var events: [Event] = []
        var buffer = ByteBuffer()
        var rest = bytes[...]
        while true {
            while let event = try reader.next(from: &buffer) { events.append(event) }
            guard !rest.isEmpty else { return events }
            buffer.writeBytes(rest.prefix(step))
            rest = rest.dropFirst(step)
        }
    }

    static let conversation: [UInt8] =
        Self.frame(0x81, Array("hello".utf8))
        + Self.frame(0x01, Array("frag".utf8)) + Self.frame(0x89, [1, 2, 3]) + Self.frame(0x00, [])
        + Self.frame(0x80, Array("ments".utf8)) + Self.frame(0x8A, []) + Self.frame(0x81, [])
        + Self.frame(0x81, Array(repeating: 0x61, count: 126)) + Self.frame(0x81, Array(repeating: 0x62, count: 65536))
        + Self.frame(0x88, [0x03, 0xE9] + Array("bye".utf8))

    static let expected: [Event] = [
        .text(Array("hello".utf8)), .ping([1, 2, 3]), .text(Array("fragments".utf8)), .pong, .text([]),
        .text(Array(repeating: 0x61, count: 126)), .text(Array(repeating: 0x62, count: 65536)),
        .close(WebSocketClose(code: 1001, reason: "bye")),
    ]

    @Test(arguments: [1, 2, 3, 7, 125, 4096, Int.max]) func framesAreReadHoweverTheyAreCutUp(step: Int) throws {
        #expect(try Self.read(Self.conversation, step: step) == Self.expected)
    }

    @Test(
        arguments: [
            ("reserved bit", [0xC1, 0x00], 1002), ("reserved opcode", [0x83, 0x00], 1002),
            ("reserved control opcode", [0x8B, 0x00], 1002), ("masked", [0x81, 0x80, 0, 0, 0, 0], 1002),
            ("fragmented ping", [0x09, 0x00], 1002), ("long ping", [0x89, 126, 0, 126], 1002),
            ("continuation of nothing", [0x80, 0x00], 1002), ("message in a message", [0x01, 0x00, 0x81, 0x00], 1002),
            ("text in a binary message", [0x02, 0x00, 0x81, 0x00], 1002), ("wordy length", [0x81, 126, 0, 125], 1002),
            ("wordier length", [0x81, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 1002),
            ("negative length", [0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
            ("half a close code", [0x88, 0x01, 0x03], 1002), ("close code 1005", [0x88, 0x02, 0x03, 0xED], 1002),
            ("close code 999", [0x88, 0x02, 0x03, 0xE7], 1002), ("close reason", [0x88, 0x03, 0x03, 0xE8, 0xFF], 1007),
        ] as [(String, [UInt8], UInt16)]
    ) func framesThatAServerMustNotSendAreViolations(
        _ what: String,
        _ bytes: [UInt8],
        code: UInt16
    ) throws {
        // Everything before it is read.
        let before = Self.frame(0x81, Array("fine".utf8))
        #expect(try Self.read(before) == [.text(Array("fine".utf8))])
        let violation = #expect(throws: WebSocketViolation.self) { try Self.read(before + bytes) }
        #expect(violation?.code == code, "\(what)")
    }

    @Test func theLimitHoldsForOneFrameAndForManyAndBeforeAnythingIsCollected() throws {
        let full = Self.frame(0x81, Array(repeating: 0, count: 1000))
        #expect(try Self.read(full, limit: 1000).count == 1)
        // The header alone is enough.
        let header = Array(Self.frame(0x81, Array(repeating: 0, count: 1001)).prefix(4))
        #expect(throws: WebSocketViolation(code: 1009, reason: "messages are limited to 1000 bytes")) {
            try Self.read(header, limit: 1000)
        }
        let pieces =
            Self.frame(0x01, Array(repeating: 0, count: 600)) + Self.frame(0x80, Array(repeating: 0, count: 401))
        #expect(throws: WebSocketViolation.self) { try Self.read(pieces, limit: 1000) }
        #expect(throws: WebSocketViolation.self) {
            try Self.read([0x81, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], limit: 1 << 30)
        }
    }

    @Test(arguments: [1, 3, Int.max]) func binaryMessagesAreDiscardedAndCounted(step: Int) throws {
        let bytes =
            Self.frame(0x02, Array(repeating: 1, count: 300)) + Self.frame(0x89, [7])
            + Self.frame(0x80, Array(repeating: 2, count: 700)) + Self.frame(0x81, Array("text".utf8))
        let events: [Event] = [.ping([7]), .binary(bytes: 1000), .text(Array("text".utf8))]
        #expect(try Self.read(bytes, step: step, limit: 1000) == events)
        // The limit of a message holds for these as well.
        #expect(throws: WebSocketViolation.self) { try Self.read(bytes, step: step, limit: 999) }
    }

    @Test func anAnnouncedLengthReservesNoMemory() throws {
        var reader = WebSocketFrameReader(maximumMessage: 1 << 40)
        var bytes = ByteBuffer(bytes: [0x81, 127, 0, 0, 0, 0xFF, 0, 0, 0, 0])
        bytes.writeRepeatingByte(0x61, count: 1000)
        // A terabyte would not fit.
        #expect(try reader.next(from: &bytes) == nil)
        #expect(bytes.readableBytes == 0)
    }

    @Test(arguments: 0..<200) func mutatedBytesGiveTheSameResultHoweverTheyAreSplit(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var bytes = Self.conversation.prefix(600)
        for _ in 0..<Int.random(in: 1...20, using: &chance) {
            bytes[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
        }
        // The result must not depend on how the bytes are split.
        let whole = Swift.Result { () throws(WebSocketViolation) in try Self.read(Array(bytes)) }
        let pieces = Swift.Result { () throws(WebSocketViolation) in try Self.read(Array(bytes), step: 3) }
        switch (whole, pieces) {
        case (.success(let one), .success(let other)): #expect(one == other)
        case (.failure(let one), .failure(let other)): #expect(one == other)
        case (.success, .failure), (.failure, .success): Issue.record("the result depends on how the bytes are split")
        }
    }

    // MARK: Writing

    @Test func aMaskedFrameIsTheOneOfTheStandard() {
        // RFC 6455, section 5.7.
        var buffer = ByteBuffer()
        WebSocketFrameWriter.append(
            .text,
            isFinal: true,
            pieces: [Array("Hello".utf8)[...]],
            mask: 0x3D21_FA37,
            to: &buffer
        )
        #expect(Array(buffer.readableBytesView) == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
    }

    /// Decodes the runner's frames, as a server does.
    static func unmask(_ buffer: ByteBuffer) -> [(first: UInt8, payload: [UInt8])] {
        var bytes = Array(buffer.readableBytesView)[...]
        var frames: [(UInt8, [UInt8])] = []
        while let first = bytes.popFirst(), let second = bytes.popFirst() {
            #expect(second & 0x80 != 0)
            var length = Int(second & 0x7F)
            if length >= 126 {
                let size = length == 126 ? 2 : 8
                length = bytes.prefix(size).reduce(0) { $0 << 8 | Int($1) }
                bytes = bytes.dropFirst(size)
            }
            let mask = Array(bytes.prefix(4))
            bytes = bytes.dropFirst(4)
            frames.append((first, bytes.prefix(length).enumerated().map { $1 ^ mask[$0 % 4] }))
            bytes = bytes.dropFirst(length)
        }
        return frames
    }

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536]) func payloadsOfEveryLengthComeThrough(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var buffer = ByteBuffer(string: "something before")
        buffer.moveReaderIndex(to: buffer.writerIndex)
        WebSocketFrameWriter.append(
            .text,
            isFinal: true,
            pieces: [payload[..<(count / 3)], payload[(count / 3)...]],
            mask: 0x8877_6655,
            to: &buffer
        )
        let frames = Self.unmask(buffer)
        #expect(frames.count == 1)
        #expect(frames.first?.first == 0x81)
        #expect(frames.first?.payload == payload)
    }

    @Test func aLargeMessageIsFragmentedAndASmallOneIsNot() {
        let large = (0..<(OutgoingMessage.maximumFrame * 2 + 10)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var message = OutgoingMessage([large[..<5], large[5..<400_000], large[400_000...]])
        var buffer = ByteBuffer()
        var isDone = false
        var count = 0
        while !isDone {
            isDone = message.appendFrame(mask: UInt32(count) &* 0x1234_5677, to: &buffer)
            count += 1
        }
        let frames = Self.unmask(buffer)
        #expect(frames.map(\.first) == [0x01, 0x00, 0x80])
        #expect(frames.flatMap(\.payload) == large)

        for pieces in [[], [[1, 2, 3][...]]] as [[ArraySlice<UInt8>]] {
            var small = OutgoingMessage(pieces)
            var buffer = ByteBuffer()
            #expect(small.appendFrame(mask: 1, to: &buffer))
            #expect(Self.unmask(buffer).map(\.first) == [0x81])
        }
    }

    @Test func closeReasonsFitIntoAControlFrame() throws {
        let close = WebSocketClose(code: 1008, reason: String(repeating: "ä€", count: 100))
        #expect(close.payload.count <= 125)
        let read = try #require(try WebSocketClose(payload: close.payload))
        #expect(close.reason.hasPrefix(read.reason) && read.reason.utf8.count > 118)
        #expect(try WebSocketClose(payload: []) == nil)
    }
}
