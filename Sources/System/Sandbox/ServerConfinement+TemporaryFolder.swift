internal import Linux
internal import Tasks

extension ServerConfinement {
    /// Starts the process that makes a temporary folder for each worker, mounts one of the same kind for the imports of the
    /// fork server, and points the environment at it. A worker sees an empty folder of its own at the same path.
    ///
    /// - Returns: The process; nil if no folder is wanted, or this machine does not permit it. The folders are no
    ///   protection, so that their absence is reported and stops no start, in `strict` mode either.
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
