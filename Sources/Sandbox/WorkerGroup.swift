public import Linux

/// The control group of one fork server and its workers. Whoever has it ends it when the fork server has ended.
public struct WorkerGroup: ~Copyable, Sendable {
    /// The group's folder.
    public let path: String
    private let members: OwnedDescriptor

    init(path: String, members: consuming OwnedDescriptor) {
        self.path = path
        self.members = members
    }

    /// Its open cgroup.procs, borrowed: valid for as long as this value lives.
    public var membersDescriptor: CInt { self.members.rawValue }

    /// Ends whatever is left in the group, and removes it.
    ///
    /// - Throws: `SystemError`; EBUSY when something in it would not die for five seconds.
    public consuming func end() throws(SystemError) {
        // Before Linux 5.14 there is no such file; a process namespace has ended them all then.
        try? FileSystem.writeText("1", to: self.path + "/cgroup.kill")
        let events = try FileSystem.openForReading(self.path + "/cgroup.events")
        while try FileSystem.rereadText(events.rawValue).contains("populated 1") {
            guard try DescriptorIO.poll(changed: events.rawValue, timeout: .seconds(5)) else { break }
        }
        try FileSystem.removeFolder(self.path)
    }
}
