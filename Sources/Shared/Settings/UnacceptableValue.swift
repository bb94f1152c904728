/// Why a text is not a value of a setting; the reason is nil when the description of accepted values says enough.
struct UnacceptableValue: Error {
    var reason: String?
}
