import PythonRuntime
import Tasks
import Testing

/// Each-item mode, failures that become items, and progress.
@Suite struct EachItemTests {
    private static let threeItems = #"[{"json":{"n":1}},{"json":{"n":0}},{"json":{"n":4}}]"#

    @Test func runsOnceForEachItem() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run(
                "n = _item['json']['n']\nif n == 0: return None\nreturn {'half': n / 2}",
                items: EachItemTests.threeItems,
                mode: .eachItem
            )
            #expect(
                answer.items
                    == #"[{"json":{"half":0.5},"pairedItem":{"item":0}},{"json":{"half":2.0},"pairedItem":{"item":2}}]"#
            )
            // How often in between is a matter of time, and slow under a memory checker.
            #expect(answer.progress.last == 3)
            // One for each would mean that the throttle does nothing; its times are the subject of ProgressThrottleTests.
            let many = "[" + Array(repeating: "{}", count: 5000).joined(separator: ",") + "]"
            let paced = python.run("return None", items: many, mode: .eachItem)
            #expect(paced.items == "[]")
            #expect(paced.progress.last == 5000)
            #expect(paced.progress.count < 5000)
            #expect(python.run("return None", mode: .eachItem).items == "[]")
        }
    }

    /// The control is the last task: with a counter in an object of a library, the runs would see each other.
    @Test func eachItemHasGlobalsOfItsOwn() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let counter = """
                global count
                try:
                    count += 1
                except NameError:
                    count = 1
                class Item: pass
                def read(): return count, Item.__module__
                return {'c': read()}
                """
            let answer = python.run(counter, items: EachItemTests.threeItems, mode: .eachItem)
            let items = (0..<3).map { #"{"json":{"c":[1,"__main__"]},"pairedItem":{"item":\#($0)}}"# }
            #expect(answer.items == "[\(items.joined(separator: ","))]", "\(answer)")
            // The namespace of one item lives on in what refers to it.
            let kept = python.run(
                """
                import json
                global n
                n = _item['json']['n']
                def read(): return n
                old = getattr(json, 'reader', lambda: None)
                json.reader = read
                return {'old': old(), 'new': read()}
                """,
                items: EachItemTests.threeItems,
                mode: .eachItem
            )
            #expect(
                kept.items
                    == #"[{"json":{"old":null,"new":1},"pairedItem":{"item":0}},"#
                    + #"{"json":{"old":1,"new":0},"pairedItem":{"item":1}},"#
                    + #"{"json":{"old":0,"new":4},"pairedItem":{"item":2}}]"#,
                "\(kept)"
            )
        }
    }

    /// The control is the same code as a task of its own for each of ten items.
    @Test func theCodeIsCompiledOnceForAllItems() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let lines = (0..<2000).map { "    x = [x, \($0), x]" }.joined(separator: "\n")
            let code = "if 'absent' in _item:\n    x = 1\n\(lines)\nreturn None"
            func time(items count: Int) -> Duration {
                let items = "[" + Array(repeating: "{}", count: count).joined(separator: ",") + "]"
                return ContinuousClock().measure {
                    #expect(python.run(code, items: items, mode: .eachItem).items == "[]")
                }
            }
            _ = time(items: 1)
            let apart = (0..<10).map { _ in time(items: 1) }.reduce(.zero, +)
            let together = time(items: 1000)
            // Compiled for every item, the thousand would take a hundred times as long as the ten.
            #expect(together < apart * 10, "\(together), \(apart)")
        }
    }

    @Test func failuresNameTheItem() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let raised = python.run(
                "return {'v': 1 / _item['json']['n']}",
                items: EachItemTests.threeItems,
                mode: .eachItem
            )
            #expect(raised.failure?.kind == .pythonError)
            #expect(raised.failure?.itemIndex == 1)
            let shape = python.run("return [_item]", items: EachItemTests.threeItems, mode: .eachItem)
            #expect(shape.failure?.kind == .invalidResult)
            #expect(shape.failure?.itemIndex == 0)
            #expect(shape.failure?.message == "the code must return a dict, or None to drop the item, not list")
        }
    }

    @Test func continuingReplacesOnlyTheFailingItem() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run(
                "return {'v': 1 // _item['json']['n']}",
                items: EachItemTests.threeItems,
                mode: .eachItem,
                continueOnFail: true
            )
            #expect(
                answer.items == #"[{"json":{"v":1},"pairedItem":{"item":0}},"#
                    + #"{"json":{"error":"ZeroDivisionError: integer division or modulo by zero"},"pairedItem":{"item":1}},"#
                    + #"{"json":{"v":0},"pairedItem":{"item":2}}]"#
            )
            // Half written when it fails: taken back.
            let partial = python.run(
                "return {'v': 1, 'bad': b'' if _item['json']['n'] == 1 else 2}",
                items: EachItemTests.threeItems,
                mode: .eachItem,
                continueOnFail: true
            )
            #expect(partial.items?.hasPrefix(#"[{"json":{"error":"item[\"bad\"] is of type bytes"#) == true)
            #expect(partial.items?.hasSuffix(#"{"json":{"v":1,"bad":2},"pairedItem":{"item":2}}]"#) == true)
        }
    }

    @Test func continuingCoversEveryFailureTheWorkerReports() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            for code in [
                "raise ValueError('no \"x\"\\n\\x01')", "import os", "x = (", "return 5", "raise SystemExit(0)",
            ] {
                let all = python.run(code, items: EachItemTests.threeItems, continueOnFail: true)
                #expect(all.items?.hasPrefix(#"[{"json":{"error":""#) == true, "\(code)")
                #expect(all.items?.hasSuffix("\"}}]") == true, "\(code)")
                let each = python.run(code, items: EachItemTests.threeItems, mode: .eachItem, continueOnFail: true)
                for index in 0..<3 {
                    #expect(each.items?.contains(#""pairedItem":{"item":\#(index)}"#) == true, "\(code)")
                }
            }
            let one = python.run("raise ValueError('no')", items: "[{}]", continueOnFail: true)
            #expect(one.items == #"[{"json":{"error":"ValueError: no"},"pairedItem":{"item":0}}]"#)
        }
    }
}

/// Prints arrive as they happen, whatever way they are made.
@Suite struct PrintTests {
    @Test func everyFormOfPrintWorks() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run(
                """
                import io
                print("a", 1, None, sep="-", end="!\\n", flush=True)
                print()
                print("é🎉\\ud800", [1])
                print("x", file=None, sep=None, end=None)
                buffer = io.StringIO() if hasattr(io, "StringIO") else None
                if buffer is not None:
                    print("kept", file=buffer)
                    print(buffer.getvalue(), end="")
                return None
                """
            )
            #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
            #expect(answer.stdout == "a-1-None!\n\né🎉\\ud800 [1]\nx\nkept\n")
        }
    }

    /// The control is that the next print shows.
    @Test func aPrintOfNothingIsNothing() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run("print('', end='')\nprint(end='')\nprint('', '', sep='', end='')\nprint('x')")
            #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
            #expect(answer.stdout == "x\n" && answer.writes == 1)
        }
    }

    @Test func printsBeforeAFailureAreThere() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run("print('before')\nraise ValueError('x')")
            #expect(answer.stdout == "before\n")
            let half = python.run("class X:\n    def __str__(self): raise KeyError('k')\nprint('first', X(), 'last')")
            #expect(half.stdout == "first ")
            #expect(half.failure?.type == "KeyError")
            let wrong = python.run("print('x', sep=5)")
            #expect(wrong.failure?.message == "TypeError: sep must be None or a string, not int")
        }
    }

    @Test func redirectedPrintsGoWhereTheyAreSent() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run(
                """
                import contextlib, io
                buffer = io.StringIO()
                with contextlib.redirect_stdout(buffer):
                    print("inside", end=";")
                print("outside")
                return {"v": buffer.getvalue()}
                """
            )
            #expect(answer.items == #"[{"json":{"v":"inside;"}}]"#, "\(answer.failure?.message ?? "")")
            #expect(answer.stdout == "outside\n")
        }
    }

    @Test func threadsPrintWholeLinesAndNoneAfterTheEnd() async {
        await #expect(processExitsWith: .success) {
            let policy = TaskPolicy(
                standardLibraryAllow: ["@safe", "threading", "sys"],
                externalAllow: [],
                builtinsDeny: []
            )
            let python = try Harness(policy: policy)
            let answer = python.run(
                """
                import threading, sys
                def work(n):
                    for i in range(200):
                        print("thread", n, "line", i)
                threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
                for t in threads: t.start()
                for t in threads: t.join()
                print("err", file=sys.stderr)
                sys.stdout.write("written\\n")
                sys.stdout.writelines(["one\\n", "two\\n"])
                assert not sys.stdout.isatty() and sys.stdout.encoding == "utf-8" and not sys.stdout.closed
                return None
                """
            )
            #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
            let lines = answer.stdout.split(separator: "\n")
            #expect(lines.count == 803)
            #expect(lines.dropLast(3).allSatisfy { $0.hasPrefix("thread ") && $0.split(separator: " ").count == 4 })
            #expect(lines.suffix(3) == ["written", "one", "two"])
            #expect(answer.stderr == "err\n")
            let late = python.run(
                """
                import threading, time
                def forever():
                    while True:
                        print("late")
                        time.sleep(0.001)
                threading.Thread(target=forever, daemon=True).start()
                return None
                """
            )
            #expect(late.failure == nil)
            let next = python.run("return None")
            #expect(next.failure == nil)
        }
    }
}

/// Where a task's time went. Which moment counts for which phase is the subject of PhaseTimerTests.
@Suite struct PhaseTests {
    @Test func eachPhaseOfATaskIsCounted() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let items = "[" + Array(repeating: #"{"json":{"n":1}}"#, count: 1000).joined(separator: ",") + "]"
            let passing = python.run("import time\ntime.sleep(0.01)\nreturn _items", items: items).phases
            #expect(passing.decode > .zero)
            #expect(passing.run >= .milliseconds(10))
            #expect(passing.encode > .zero)
            // The control: a phase that a task does not reach takes no time.
            let failing = python.run("import time\ntime.sleep(0.01)\nraise ValueError", items: items).phases
            #expect(failing.run >= .milliseconds(10))
            #expect(failing.encode == .zero)
            let each = python.run("return None", items: items, mode: .eachItem).phases
            #expect(each.run > .zero)
            #expect(each.encode > .zero)
        }
    }
}
