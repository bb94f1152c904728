internal import Linux
internal import Tasks

extension ServerConfinement {
    /// The lowest ABI that scopes signals and abstract sockets.
    static let scopingABI = 6

    /// Builds the rules for workers, and a domain of the server's own.
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
        return rules
    }
}
