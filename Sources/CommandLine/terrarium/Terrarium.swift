import Commands

/// The program that people and systemd start: client commands, and the service.
@main
enum Terrarium {
    static func main() async {
        await TerrariumCommand.run(arguments: Array(CommandLine.arguments.dropFirst()))
    }
}
