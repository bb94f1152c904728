import Worker

/// The program that `terrarium-bench` starts to measure baselines: a fork server with the service's interpreter, preload
/// and confinement, which measures instead of running tasks for the broker.
@main
struct TerrariumBaseline {
    // This function is synchronous, because an async entry point starts threads, and a fork server must have one thread.
    static func main() {
        WorkerProgram.run(program: "terrarium-baseline") { server in
            try BaselineMeter.serve(server)
        }
    }
}
