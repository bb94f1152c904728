import JSONBytes
import Testing

@Suite struct JSONWriterTests {
    @Test func commasStandWhereTheyBelong() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.integer(-1)
        writer.key("b")
        writer.beginArray()
        writer.boolean(true)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.string("x")
        writer.endArray()
        writer.key("c")
        writer.raw(Array(#"[{"y":1}]"#.utf8)[...])
        writer.key("d")
        writer.string(escaped: Array(#"\n"#.utf8))
        writer.endObject()
        writer.endLine()
        writer.beginObject()
        writer.endObject()
        let expected = #"{"a":-1,"b":[true,null,{},[],"x"],"c":[{"y":1}],"d":"\n"}"# + "\n{}"
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        (Duration.zero, "0"), (.milliseconds(12), "12"), (.microseconds(250), "0.25"), (.microseconds(3007), "3.007"),
        (.microseconds(100), "0.1"), (.nanoseconds(999), "0"), (.seconds(60), "60000"), (.microseconds(-1500), "-1.5"),
        (.microseconds(1_010), "1.01"),
    ])
    func timesAreMillisecondsToTheMicrosecond(time: Duration, text: String) {
        var writer = JSONWriter()
        writer.milliseconds(time)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }
}
