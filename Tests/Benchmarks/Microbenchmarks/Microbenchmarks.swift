import Glibc
import PythonRuntime

/// What the parts cost by themselves that every task goes through: `make microbench`.
///
/// Ends with status 1 when a figure is beyond its budget.
@main
enum Microbenchmarks {
    static func main() throws {
        var isWithinBudget = true
        let interpreter = try PythonStart.interpreter()
        let groups: [() throws -> [Figure]] = [
            { try PolicyBenchmarks.run(interpreter) }, { try ItemsBenchmarks.run(interpreter) }, JSONBenchmarks.run,
            WireBenchmarks.run, DispatcherBenchmarks.run, ConfinementBenchmarks.run,
        ]
        for measure in groups {
            for figure in try measure() {
                print(figure.description)
                isWithinBudget = isWithinBudget && figure.isWithinBudget
            }
        }
        // An interpreter that was started has no end but this.
        fflush(nil)
        _exit(isWithinBudget ? 0 : 1)
    }
}
