import FuzzEntries

/// libFuzzer's entry point. `make fuzz` builds and runs it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzItems(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzEntry.items.run(start, count)
    return 0
}
