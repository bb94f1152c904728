import Worker

@main
struct TerrariumWorker {
    // Synchronous: an async entry point starts threads, and a process with threads can neither confine itself nor fork.
    static func main() {
        WorkerProgram.run()
    }
}
