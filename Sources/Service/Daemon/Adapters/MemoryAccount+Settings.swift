import Settings
import Tasks

extension MemoryAccount.Limits {
    /// The memory that a user's account must have for connections and small requests, in addition to one answer.
    private static let smallestRequests = 1 << 20

    /// The memory limits of one user under the service's settings. The default is one body of the largest size, and one
    /// answer for each task that runs at once and for two more tasks.
    ///
    /// - Throws: ``ServiceStartError`` when the limit of a user is too small for one answer.
    init(_ settings: ServiceSettings) throws(ServiceStartError) {
        let answer = settings.limits.answerMemory
        let automatic = Double(settings.maximumPayload) + Double(settings.maximumConcurrency + 2) * Double(answer)
        let perUser = settings.memoryPerUser ?? Int(min(automatic, 0x1p62))
        let (least, overflow) = answer.addingReportingOverflow(Self.smallestRequests)
        guard !overflow, perUser >= least else {
            throw ServiceStartError(
                exit: .badConfiguration,
                message: "TERRARIUM_MEMORY_PER_USER is \(perUser) bytes, and one task may need \(least):"
                    + " TERRARIUM_OUTPUT_LIMIT, 18 times TERRARIUM_LOG_LIMIT, and 1M. Raise it, or lower these"
            )
        }
        self.init(perUser: perUser, answer: answer)
    }
}
