import ArgumentParser
import Settings

/// The argument of `--timeout`.
struct TimeoutArgument: ExpressibleByArgument {
    var duration: Duration

    init?(argument: String) {
        guard let duration = SettingText.humanDuration(argument), duration > .zero else { return nil }
        self.duration = duration
    }
}
