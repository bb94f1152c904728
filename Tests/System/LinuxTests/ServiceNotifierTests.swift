import Glibc
import Linux
import Testing

@Suite struct ServiceNotifierTests {
    @Test(arguments: [false, true]) func notificationsArrive(abstract: Bool) async throws {
        let name = "/tmp/terrarium-notify-\(getpid())-\(abstract)"
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(receiver)
            unlink(name)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in bytes.enumerated() { path[index + (abstract ? 1 : 0)] = byte }
        }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + 1)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(receiver, $0, size) }
        }
        #expect(bound == 0)
        let notifier = ServiceNotifier(address: (abstract ? "@" : "") + name)
        try notifier.notify("READY=1\nSTATUS=warm")
        #expect(try DescriptorIO.readSome(maximum: 64, from: receiver) == Array("READY=1\nSTATUS=warm".utf8))
    }

    @Test func aWatchdogIsToldWithoutADescriptorLeft() async {
        await #expect(processExitsWith: .success) {
            let name = "/tmp/terrarium-notify-\(getpid())"
            let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            defer { unlink(name) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(receiver, $0, size) }
            }
            #expect(bound == 0)
            let notifier = ServiceNotifier(address: name)
            try ResourceLimit.openFiles.set(soft: 3, hard: ResourceLimit.openFiles.hardLimit())
            // Control: nothing can be opened.
            #expect(dup(receiver) == -1)
            try notifier.notify("WATCHDOG=1")
            #expect(try DescriptorIO.readSome(maximum: 64, from: receiver) == Array("WATCHDOG=1".utf8))
        }
    }

    @Test func theEnvironmentSaysWhereAndHowOften() async {
        await #expect(processExitsWith: .success) {
            if ServiceNotifier.fromEnvironment() != nil { exit(2) }
            setenv("NOTIFY_SOCKET", "@somewhere", 1)
            setenv("WATCHDOG_USEC", "3000000", 1)
            if ServiceNotifier.fromEnvironment()
                != ServiceNotifier(address: "@somewhere", watchdogInterval: .seconds(3))
            {
                exit(3)
            }
            // Another process's watchdog.
            setenv("WATCHDOG_PID", "1", 1)
            if ServiceNotifier.fromEnvironment() != ServiceNotifier(address: "@somewhere") { exit(4) }
            setenv("NOTIFY_SOCKET", "vsock:2:1", 1)
            if ServiceNotifier.fromEnvironment() != nil { exit(5) }
        }
    }
}
