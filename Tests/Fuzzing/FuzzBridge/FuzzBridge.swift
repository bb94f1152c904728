import FuzzEntries

/// libFuzzer's entry point. `make fuzz` builds and runs it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBridge(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzEntry.bridge.run(start, count)
    return 0
}
