import CProbe
import Glibc
import Linux
import Sandbox
import Tasks

/// The tests' own fork server: it confines itself and its workers as the real one does, without Python, and has each
/// worker make one attempt in machine code. See `Commands` for how it is spoken to.
@main
struct SandboxProbe {
    static func main() {
        do {
            try Commands.run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            Commands.reply("error \(error)")
            CurrentProcess.exitNow(77)
        }
    }
}
