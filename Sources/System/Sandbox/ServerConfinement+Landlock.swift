internal import Linux
internal import Tasks

extension ServerConfinement {
    /// The lowest landlock ABI that can restrict signals and abstract sockets (scopes).
    static let scopingABI = 6

    /// Moves the fork server into a landlock domain, and prepares the rules for the domains that workers enter.
    mutating func sealLandlock() throws(ConfinementError) {
        let abi: Int
        do throws(SystemError) {
            abi = try LandlockRules.kernelABI()
        } catch {
            let why = "\(error); needs Linux 5.13 with landlock among the LSMs (lsm= on the kernel's command line)"
            self.landlockMissing(why)
            return
        }
        do throws(ConfinementError) {
            let serverRules = try self.makeRules(abi: abi)
            try step(.landlock) { () throws(SystemError) in try serverRules.restrict() }
            self.adopt(try self.makeRules(abi: abi))
        } catch {
            guard self.mode == .auto else { throw error }
            self.landlockMissing("\(error)")
            return
        }
        self.landlockActive(abi: abi)
    }

    private func makeRules(abi: Int) throws(ConfinementError) -> LandlockRules {
        let rules = try step(.landlockRules, "ABI \(abi)") { () throws(SystemError) in
            try LandlockRules(abi: abi, isScoped: true)
        }
        for path in self.readablePaths {
            try step(.landlockRules, path) { () throws(SystemError) in try rules.allowReading(path) }
        }
        if self.temporaryFolder != nil {
            let parent = RootPlan.temporaryFolderParent
            try step(.landlockRules, parent) { () throws(SystemError) in try rules.allowWriting(parent) }
        }
        return rules
    }
}
