public import Linux

/// The cgroup of one fork server and its workers. Its owner calls ``end()`` after the fork server has ended.
public struct ForkServerCgroup: ~Copyable, Sendable {
    /// The group's folder.
    public let path: String
    private let members: OwnedDescriptor

    init(path: String, members: consuming OwnedDescriptor) {
        self.path = path
        self.members = members
    }

    /// The group's open cgroup.procs, borrowed: valid as long as this value lives.
    public var membersDescriptor: CInt { self.members.rawValue }

    /// Kills the processes left in the group, and removes the group.
    ///
    /// - Throws: `SystemError`; EBUSY if the group still has a process after five seconds.
    public consuming func end() throws(SystemError) {
        // Linux before 5.14 has no cgroup.kill. There the end of the fork server's pid namespace has killed the workers.
        try? FileSystem.writeText("1", to: self.path + "/cgroup.kill")
        let events = try FileSystem.openForReading(self.path + "/cgroup.events")
        while try FileSystem.rereadText(events.rawValue).contains("populated 1") {
            guard try DescriptorIO.poll(changed: events.rawValue, timeout: .seconds(5)) else { break }
        }
        try FileSystem.removeFolder(self.path)
    }
}
