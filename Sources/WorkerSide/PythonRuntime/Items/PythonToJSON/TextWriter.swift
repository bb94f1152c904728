import CPython
import JSONBytes

/// Writes the characters of a `str`, read from its storage; none of its methods is called.
enum TextWriter {
    /// How control characters, quotes, backslashes and lone surrogates are written.
    enum Form {
        /// Unchanged, except for lone surrogates, which are written as `\udcxx`.
        case plain
        /// As the content of a JSON string: quotes, backslashes, control characters and lone surrogates are escaped.
        case json
    }

    /// Writes the text of a `str` or of a subclass of it.
    static func write(_ object: BorrowedReference, to buffer: OutputBuffer, as form: Form) {
        let text = unsafe object.pointer
        let count = unsafe CPython_Unicode_LENGTH(text)
        let data = unsafe CPython_Unicode_DATA(text)
        // Safety: the storage holds `count` units of the kind's width, and the caller keeps the object alive.
        switch unsafe CPython_Unicode_KIND(text) {
        case 1:
            let units = unsafe UnsafeBufferPointer(start: data.assumingMemoryBound(to: UInt8.self), count: count)
            if form == .plain, unsafe CPython_Unicode_IS_ASCII(text) != 0 {
                unsafe buffer.append(UnsafeRawBufferPointer(units))
            } else if unsafe CPython_Unicode_IS_ASCII(text) != 0 {
                unsafe Self.writeASCII(units, to: buffer)
            } else {
                unsafe Self.writeUnits(units, to: buffer, as: form)
            }
        case 2:
            let units = unsafe UnsafeBufferPointer(start: data.assumingMemoryBound(to: UInt16.self), count: count)
            unsafe Self.writeUnits(units, to: buffer, as: form)
        default:
            let units = unsafe UnsafeBufferPointer(start: data.assumingMemoryBound(to: UInt32.self), count: count)
            unsafe Self.writeUnits(units, to: buffer, as: form)
        }
    }

    /// Writes a `str` as a JSON string, followed by the byte `follower`.
    @inline(__always)
    static func writeQuoted(_ object: BorrowedReference, followedBy follower: UInt8? = nil, to buffer: OutputBuffer) {
        let text = unsafe object.pointer
        if unsafe CPython_Unicode_IS_ASCII(text) != 0 {
            let count = unsafe CPython_Unicode_LENGTH(text)
            let total = count + (follower == nil ? 2 : 3)
            // Most strings need no escape. They are copied while they are checked, so no second pass is needed.
            if buffer.reserve(total),
                unsafe Self.copyUnescaped(CPython_Unicode_DATA(text), count, to: buffer.end + 1)
            {
                // Safety: the quotes are the bytes before and after the copied text, and reserve() made room for all of
                // them.
                unsafe buffer.end[0] = 0x22
                unsafe buffer.end[count + 1] = 0x22
                if let follower { unsafe buffer.end[count + 2] = follower }
                buffer.advance(total)
                return
            }
        }
        Self.writeQuotedSlowly(object, followedBy: follower, to: buffer)
    }

    @inline(never)
    private static func writeQuotedSlowly(
        _ object: BorrowedReference,
        followedBy follower: UInt8?,
        to buffer: OutputBuffer
    ) {
        buffer.append(0x22)
        Self.write(object, to: buffer, as: .json)
        buffer.append(0x22)
        if let follower { buffer.append(follower) }
    }

    /// Copies ASCII text until a character needs an escape.
    ///
    /// - Returns: Whether no character needed an escape, so that the whole text was copied.
    @inline(__always)
    private static func copyUnescaped(
        _ text: UnsafeRawPointer,
        _ count: Int,
        to target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let target = UnsafeMutableRawPointer(target)
        // Safety: every load and store ends at or before `count`; the last one of a longer text overlaps the one before.
        func copyWord(_ offset: Int) -> Bool {
            let word = unsafe text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            unsafe target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            return !Self.needsEscape(word)
        }
        if count >= 8 {
            var offset = 0
            while offset < count - 8 {
                guard copyWord(offset) else { return false }
                offset += 8
            }
            return copyWord(count - 8)
        }
        if count >= 4 {
            let first = unsafe text.loadUnaligned(as: UInt32.self)
            let last = unsafe text.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            unsafe target.storeBytes(of: first, as: UInt32.self)
            unsafe target.storeBytes(of: last, toByteOffset: count - 4, as: UInt32.self)
            return !Self.needsEscape(UInt64(first) << 32 | UInt64(last))
        }
        for offset in 0..<count {
            let byte = unsafe text.load(fromByteOffset: offset, as: UInt8.self)
            unsafe target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            if Self.isEscaped(byte) { return false }
        }
        return true
    }

    /// Writes ASCII text with escapes. Runs that need no escape are found eight bytes at a time.
    private static func writeASCII(_ units: UnsafeBufferPointer<UInt8>, to buffer: OutputBuffer) {
        guard let start = units.baseAddress else { return }
        var index = 0
        let count = units.count
        while index < count {
            let runStart = index
            // Safety: every load of eight bytes ends at or before `count`.
            while index + 8 <= count {
                let word = unsafe UnsafeRawPointer(start).loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if Self.needsEscape(word) { break }
                index += 8
            }
            while index < count, unsafe !Self.isEscaped(units[index]) { index += 1 }
            if index > runStart {
                unsafe buffer.append(UnsafeRawBufferPointer(start: start + runStart, count: index - runStart))
            }
            if index < count {
                Self.writeEscape(unsafe UInt32(units[index]), to: buffer)
                index += 1
            }
        }
    }

    @inline(__always)
    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C
    }

    /// Whether any of eight ASCII bytes is a control character, a quote or a backslash.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let control = (word &- ones &* 0x20) & ~word
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & highs != 0
    }

    private static func writeUnits<Unit: UnsignedInteger & FixedWidthInteger>(
        _ units: UnsafeBufferPointer<Unit>,
        to buffer: OutputBuffer,
        as form: Form
    ) {
        for index in 0..<units.count {
            // A character takes at most four bytes, and an escape six.
            guard buffer.reserve(6) else { return }
            let character = unsafe UInt32(truncatingIfNeeded: units[index])
            let end = unsafe buffer.end
            // Safety: reserve() made room for six bytes.
            switch character {
            case 0..<0x80:
                if form == .json, Self.isEscaped(UInt8(truncatingIfNeeded: character)) {
                    Self.writeEscape(character, to: buffer)
                } else {
                    unsafe end[0] = UInt8(truncatingIfNeeded: character)
                    buffer.advance(1)
                }
            case 0x80..<0x800:
                unsafe end[0] = UInt8(truncatingIfNeeded: 0xC0 | character >> 6)
                unsafe end[1] = UInt8(truncatingIfNeeded: 0x80 | character & 0x3F)
                buffer.advance(2)
            case 0xD800..<0xE000:
                Self.writeEscape(character, to: buffer)
            case 0x800..<0x10000:
                unsafe end[0] = UInt8(truncatingIfNeeded: 0xE0 | character >> 12)
                unsafe end[1] = UInt8(truncatingIfNeeded: 0x80 | character >> 6 & 0x3F)
                unsafe end[2] = UInt8(truncatingIfNeeded: 0x80 | character & 0x3F)
                buffer.advance(3)
            default:
                unsafe end[0] = UInt8(truncatingIfNeeded: 0xF0 | character >> 18)
                unsafe end[1] = UInt8(truncatingIfNeeded: 0x80 | character >> 12 & 0x3F)
                unsafe end[2] = UInt8(truncatingIfNeeded: 0x80 | character >> 6 & 0x3F)
                unsafe end[3] = UInt8(truncatingIfNeeded: 0x80 | character & 0x3F)
                buffer.advance(4)
            }
        }
    }

    /// Writes the escape of a character of the Basic Multilingual Plane, or of a lone surrogate.
    private static func writeEscape(_ character: UInt32, to buffer: OutputBuffer) {
        unsafe JSONEscaping.writeSequence(for: UInt16(truncatingIfNeeded: character)) { unsafe buffer.append($0) }
    }
}
