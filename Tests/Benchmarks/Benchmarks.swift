import Glibc

/// What the parts cost by themselves that every task goes through: `make microbench`.
///
/// Ends with status 1 when a figure is beyond its budget.
@main
enum Benchmarks {
    static func main() throws {
        var isWithinBudget = true
        for measure in [PolicyBenchmarks.run, JSONBenchmarks.run, WireBenchmarks.run, DispatcherBenchmarks.run] {
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
