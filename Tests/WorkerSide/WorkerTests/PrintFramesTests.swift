import Linux
import Tasks
import Testing
import Wire

@testable import Worker

/// How prints travel: few frames for many prints, all of the text, in order, and soon.
@Suite struct PrintFramesTests {
    private static let count = 20_000

    /// The control is a worker without a timer, which sends a frame for each print.
    @Test(arguments: [true, false])
    func consecutivePrintsAreMerged(hasTimer: Bool) async {
        await #expect(processExitsWith: .success) { [hasTimer] in
            // A timer that never rings: the size of the buffer alone decides.
            let worker = try TestWorker(interval: hasTimer ? .seconds(3600) : nil)
            try worker.send("for i in range(\(Self.count)): print(i)")
            let prints = try worker.answer().prints
            #expect(prints.joined() == (0..<Self.count).map { "\($0)\n" }.joined())
            if hasTimer {
                #expect(prints.count <= 2 + prints.joined().utf8.count / (SignalSafeBuffer.capacity - 64))
            } else {
                #expect(prints.count == Self.count)
            }
            _ = try worker.end()
        }
    }

    @Test func aPrintArrivesWhileTheTaskComputes() async {
        await #expect(processExitsWith: .success) {
            let worker = try TestWorker()
            try worker.send("print('one')\nprint('two')\nwhile True: pass")
            let frames = try worker.frames { if case .log(_, let text) = $0 { text.hasSuffix("two\n") } else { false } }
            #expect(frames.prints.joined() == "one\ntwo\n")
            try worker.kill()
        }
    }

    /// The control is the last print, which waits for a timer that never rings: the stop sends it.
    @Test(arguments: ["print('two', flush=True)", "print('two')\nimport sys\nsys.stdout.flush()"])
    func aFlushSendsAtOnceAndAStopSendsTheRest(flush: String) async {
        await #expect(processExitsWith: .success) { [flush] in
            let worker = try TestWorker(interval: .seconds(3600))
            try worker.send("print('one')\n\(flush)\nprint('three')\nwhile True: pass")
            let first = try worker.frames { if case .log(_, "two\n") = $0 { true } else { false } }
            #expect(first.prints == ["one\n", "two\n"])
            try ProcessDescriptor.open(pid: worker.pid).signal(SoftStop.defaultSignal)
            let rest = try worker.frames { if case .stopped = $0 { true } else { false } }
            #expect(rest.prints.isEmpty || rest.prints == ["three\n"])
            #expect(try ChildProcesses.reap(blocking: true)?.status == .exited(SoftStop.exitStatus))
        }
    }

    @Test func bothStreamsKeepTheirOrder() async {
        await #expect(processExitsWith: .success) {
            let worker = try TestWorker(interval: .seconds(3600))
            try worker.send(
                """
                import sys
                print("a")
                print("b"); print("c")
                print("d", file=sys.stderr); print("e", file=sys.stderr)
                print("f")
                """
            )
            #expect(try worker.answer().prints == ["a\n", "b\nc\n", "stderr: d\ne\n", "f\n"])
            _ = try worker.end()
        }
    }

    /// At the sizes of the buffer and of a frame, and one past.
    @Test func printsOfEverySizeArriveWhole() async {
        await #expect(processExitsWith: .success) {
            var sizes: [Int] = []
            for size in [SignalSafeBuffer.capacity, WorkerFrame.maximumLogText, 200_000] {
                for difference in [-11, -10, -9, -8, -1, 0, 1] { sizes.append(size + difference) }
            }
            var limits = TestWorker.limits
            limits.log = 16 << 20
            let worker = try TestWorker(limits: limits, interval: .seconds(3600))
            try worker.send("for n in \(sizes):\n    print('s', end='')\n    print('x' * n)\nprint('é' * 100000)")
            var expected = ""
            for size in sizes { expected += "s\(String(repeating: "x", count: size))\n" }
            expected += "\(String(repeating: "é", count: 100_000))\n"
            let text = try worker.answer().prints.joined()
            // A comparison of the texts themselves would print both of them.
            let isSame = text == expected
            #expect(isSame, "\(text.utf8.count) bytes arrived of \(expected.utf8.count)")
            _ = try worker.end()
        }
    }

    @Test func printsOfNativeAndConsoleFormKeepTheirOrder() async {
        await #expect(processExitsWith: .success) {
            let worker = try TestWorker(interval: .seconds(3600))
            try worker.send("import sys\nprint(1)\nprint(2)\nsys.stdout.write('raw')\nprint(3)", dialect: .n8n)
            let texts = try worker.answer().compactMap { frame -> String? in
                switch frame {
                case .console(let arguments): String(decoding: arguments, as: UTF8.self)
                case .log(_, let text): text
                default: nil
                }
            }
            #expect(texts == [#"["1"]"#, #"["2"]"#, "raw", #"["3"]"#])
            _ = try worker.end()
        }
    }
}
