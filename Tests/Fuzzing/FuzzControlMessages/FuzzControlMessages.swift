/// libFuzzer's entry point: reads any bytes as a message of a fork server's control socket, in both directions.
///
/// Build with `TRM_BUILD_FUZZING=1 swift build --scratch-path .build-fuzzing --product FuzzControlMessages --sanitize=fuzzer
/// --sanitize=address`, run with `SWIFT_BACKTRACE=enable=no` and `Tests/Fuzzing/Corpora/FuzzControlMessages`. The tests of
/// `WorkerPoolTests` replay that folder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzControlMessages(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    ControlMessageFuzz.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
