internal import Linux
internal import Tasks

extension ServerConfinement {
    /// Starts the process that makes a temporary folder for each worker. For the imports of the fork server, mounts a folder
    /// of the same kind, and sets the environment variables to its path. Each worker has its own empty folder at that path.
    ///
    /// - Returns: The process; nil if no folder is configured, or this machine does not permit folders. A missing folder
    ///   weakens no protection, so it is only reported. The start does not fail, even in `strict` mode.
    static func startFolders(
        _ profile: SandboxProfile,
        _ root: RootPlan,
        _ proc: CInt,
        _ report: inout LayerReport
    ) -> TemporaryFolders? {
        guard profile.temporaryFolderBytes > 0 else { return nil }
        guard report.isActive(LayerName.mountNamespace) else {
            report.noFolder("needs the mount namespace")
            return nil
        }
        guard let path = root.temporaryFolder else {
            report.noFolder("a readable path is at \(RootPlan.temporaryFolderParent), where it would be")
            return nil
        }
        do {
            let plan = try self.folderPlan(profile)
            let folders = try TemporaryFolders(plan, proc: proc)
            try TemporaryFolders.mount(plan)
            for name in SandboxProfile.temporaryFolderVariables { CurrentProcess.setEnvironmentValue(name, path) }
            report.active(LayerName.temporaryFolder, "\(profile.temporaryFolderBytes >> 10) KiB at \(path), per worker")
            return folders
        } catch let failure as TemporaryFolders.Failure {
            report.noFolder("\(failure.error); needs a user namespace and a mount namespace for each worker")
        } catch {
            report.noFolder("\(error)")
        }
        return nil
    }

    private static func folderPlan(_ profile: SandboxProfile) throws -> TemporaryFolders.Plan {
        let isRoot = CurrentProcess.userID == 0
        let identity = profile.identity ?? SandboxProfile.defaultIdentity
        return TemporaryFolders.Plan(
            path: RootPlan.temporaryFolderMount,
            bytes: profile.temporaryFolderBytes,
            uid: isRoot ? identity.uid : CurrentProcess.userID,
            gid: isRoot ? identity.gid : CurrentProcess.groupID,
            changesIdentity: isRoot,
            filter: try FilterProgram(SystemCallPolicy.folderMaker).instructions
        )
    }
}

extension LayerReport {
    fileprivate mutating func noFolder(_ reason: String) {
        self.inactive(LayerName.temporaryFolder, reason)
    }
}
