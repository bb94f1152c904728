/// The reason why no baseline could be measured.
enum BaselineError: Error, CustomStringConvertible {
    /// There is no child to wait for, although one was forked.
    case noChild
    /// A child failed in the measured operation, such as confining itself.
    case childFailed(String)

    /// The exit status of a child that failed.
    static let childStatus: Int32 = 1

    var description: String {
        switch self {
        case .noChild: "a forked child cannot be waited for"
        case .childFailed(let status): "a measured child ended with \(status)"
        }
    }
}
