internal import Linux

/// Finds the sandbox features that this kernel and the surrounding container offer, for `terrarium doctor`.
public enum KernelSurvey {
    /// One sandbox feature: whether it is available, and what would make it available.
    public struct Offer: Hashable, Sendable {
        /// The name of the layer that needs the feature.
        public let layer: String
        public let isOffered: Bool
        /// The finding, as a text.
        public let finding: String
        /// The change that would make it available: a sysctl, a container flag, a unit setting; nil if no change is
        /// needed.
        public let remedy: String?
    }

    /// Examines this machine, in the process that would start fork servers. Changes nothing.
    public static func offers() -> [Offer] {
        [self.identity(), self.userNamespaces(), self.landlock(), self.seccomp(), self.cgroups()]
    }

    private static func identity() -> Offer {
        guard CurrentProcess.userID == 0 else {
            return Offer(
                layer: LayerName.identity,
                isOffered: true,
                finding: "runs as uid \(CurrentProcess.userID); workers keep it",
                remedy: nil
            )
        }
        return Offer(
            layer: LayerName.identity,
            isOffered: true,
            finding: "runs as root; workers become WORKER_USER",
            remedy: nil
        )
    }

    private static func userNamespaces() -> Offer {
        let maximum = self.number("/proc/sys/user/max_user_namespaces")
        let debian = self.number("/proc/sys/kernel/unprivileged_userns_clone")
        let apparmor = self.number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
        let isRoot = CurrentProcess.userID == 0
        let (isOffered, finding, remedy): (Bool, String, String?) =
            if maximum == 0 {
                (false, "user.max_user_namespaces is 0", "sysctl user.max_user_namespaces=15000")
            } else if debian == 0 && !isRoot {
                (false, "kernel.unprivileged_userns_clone is 0", "sysctl kernel.unprivileged_userns_clone=1")
            } else if apparmor == 1 && !isRoot {
                (
                    false, "AppArmor keeps capabilities from unprivileged user namespaces",
                    "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile with userns for terrarium-worker"
                )
            } else if !self.userNamespacesWork() {
                (
                    false, "the kernel has them, but making one is refused",
                    "in a container: a seccomp profile that allows clone with namespace flags, such as "
                        + "--security-opt seccomp=unconfined; in a unit: RestrictNamespaces=no"
                )
            } else {
                (true, "allowed", nil)
            }
        return Offer(layer: LayerName.userNamespace, isOffered: isOffered, finding: finding, remedy: remedy)
    }

    /// Tests user namespaces by starting a program in one, because no setting shows reliably whether that works.
    private static func userNamespacesWork() -> Bool {
        var options = SpawnOptions()
        options.namespaces = [.user, .pid]
        options.identityMaps = ForkServerProcess.identityMaps(isRoot: CurrentProcess.userID == 0)
        do {
            // The program does not exist on purpose: the namespaces are created before the exec, which then fails.
            _ = try ProcessSpawner.spawn(
                executable: "/nonexistent",
                arguments: ["nothing"],
                environment: [],
                descriptors: [],
                options: options
            )
            return true
        } catch {
            return error.step == .execute
        }
    }

    private static func landlock() -> Offer {
        do throws(SystemError) {
            let abi = try LandlockRules.kernelABI()
            let isNew = abi >= ServerConfinement.scopingABI
            return Offer(
                layer: LayerName.landlock,
                isOffered: true,
                finding: "ABI \(abi)" + (isNew ? "" : ", without scopes for signals and abstract sockets"),
                remedy: isNew ? nil : "Linux 6.12 for the scopes"
            )
        } catch {
            return Offer(
                layer: LayerName.landlock,
                isOffered: false,
                finding: "\(error)",
                remedy: "Linux 5.13 or later, with landlock in lsm= on the kernel's command line; in a container, "
                    + "an engine whose seccomp profile allows the landlock calls"
            )
        }
    }

    private static func seccomp() -> Offer {
        let actions = (try? FileSystem.readText("/proc/sys/kernel/seccomp/actions_avail")) ?? ""
        let needed = ["kill_process", "trap", "errno", "allow"]
        let missing = needed.filter {
            !actions.split(whereSeparator: { $0 == " " || $0 == "\n" }).contains(Substring($0))
        }
        return Offer(
            layer: LayerName.seccomp,
            isOffered: missing.isEmpty,
            finding: missing.isEmpty ? "filters with all actions" : "no \(missing.joined(separator: ", "))",
            remedy: missing.isEmpty ? nil : "a kernel with CONFIG_SECCOMP_FILTER, 4.14 or later"
        )
    }

    private static func cgroups() -> Offer {
        let group = Cgroup.own()
        let obstacle = group.map { $0.obstacle() } ?? .noHierarchy
        return Offer(
            layer: Cgroup.layerName,
            isOffered: obstacle == nil,
            finding: obstacle?.description ?? "\(group?.path ?? "") can be divided",
            remedy: obstacle == nil
                ? nil : "Delegate=yes in the service's unit, on a system with the unified hierarchy"
        )
    }

    private static func number(_ path: String) -> Int? {
        guard let text = try? FileSystem.readText(path) else { return nil }
        return Int(text.split(separator: "\n").first ?? "")
    }
}
