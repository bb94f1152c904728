import RequestStreams

/// libFuzzer's way in: reads any bytes as the requests of one client, at once and byte by byte.
///
/// Build with `TRM_BUILD_FUZZING=1 swift build --scratch-path .build-fuzzing --product FuzzHTTP --sanitize=fuzzer
/// --sanitize=address`, run with `SWIFT_BACKTRACE=enable=no` and `Tests/Fuzzing/Corpora/FuzzHTTP`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = try? RequestStream.read(bytes, step: .max)
    let parts = try? RequestStream.read(bytes, step: 1)
    precondition(
        whole == parts,
        "read as a whole: \(String(describing: whole)), byte by byte: \(String(describing: parts))"
    )
    precondition(whole?.kept == 0, "\(String(describing: whole)) is still counted")
    return 0
}
