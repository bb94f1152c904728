import PythonRuntime
import Tasks
import Testing

/// The limits on what a task returns.
@Suite struct ItemsOutLimitsTests {
    @Test func nestingIsBoundedAt1000() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            // The array, the dict, and the lists.
            let fits = python.run("x = 1\nfor _ in range(998): x = [x]\nreturn {'a': x}")
            #expect(fits.items?.hasSuffix(String(repeating: "]", count: 998) + "}}]") == true)
            let beyond = python.run("x = 1\nfor _ in range(999): x = [x]\nreturn {'a': x}")
            #expect(beyond.failure?.message.contains("nested more than 1000") == true)
            // Dicts and lists alternate, and the code has nothing to look at but the innermost value.
            let nested = "x = 1\nfor i in range(499): x = {'k': [x]}\n"
            #expect(
                python.run(nested + "return x").items?.hasSuffix(String(repeating: "]}", count: 499) + "}]") == true
            )
            // What goes out comes in again: the array, the item, and the lists.
            let lists = String(repeating: "[", count: 997) + "7" + String(repeating: "]", count: 997)
            let items = #"[{"json":{"a":\#(lists)},"pairedItem":{"item":0}}]"#
            #expect(python.run("return _items", items: items).items == items)
            let innermost = "x = _items[0]['json']['a']\nwhile isinstance(x, list): x = x[0]\nreturn {'x': x}"
            #expect(python.run(innermost, items: items).items == #"[{"json":{"x":7},"pairedItem":{"item":0}}]"#)
        }
    }

    @Test func resultsBeyondTheLimitAreRefused() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let code = "return [{'x': 'y' * 100} for _ in range(100)]"
            #expect(python.run(code, outputLimit: 5000).failure?.kind == .outputExceeded)
            #expect(python.run(code, outputLimit: 50_000).items != nil)
            #expect(python.run("return None", outputLimit: 2).items == "[]")
            let exact = python.run(code).items?.utf8.count ?? 0
            #expect(python.run(code, outputLimit: exact).items != nil)
            #expect(python.run(code, outputLimit: exact - 1).failure?.kind == .outputExceeded)
        }
    }
}
