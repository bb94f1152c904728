/// libFuzzer's entry point: reads any bytes as what a worker sends, frame by frame, and passes them to its state machine.
///
/// Build with `TRM_BUILD_FUZZING=1 swift build --scratch-path .build-fuzzing --product FuzzWorkerFrames --sanitize=fuzzer
/// --sanitize=address`, run with `SWIFT_BACKTRACE=enable=no` and `Tests/Fuzzing/Corpora/FuzzWorkerFrames`. The tests of
/// `WorkerPoolTests` replay that folder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWorkerFrames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    WorkerFrameFuzz.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
