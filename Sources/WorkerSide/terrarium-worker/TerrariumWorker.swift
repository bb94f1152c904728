import Worker

@main
struct TerrariumWorker {
    // It is synchronous, because an async entry point starts threads, and a process with threads can neither confine
    // itself nor fork.
    static func main() {
        WorkerProgram.run()
    }
}
