import Benchmarking
import Commands

/// The program that measures a service on this machine.
@main
enum TerrariumBench {
    static func main() async {
        await BenchCommand.run(arguments: Array(CommandLine.arguments.dropFirst()))
    }
}
