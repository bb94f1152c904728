import Testing

@testable import N8NBridge

@Suite struct GrantTokenResponseTests {
    @Test func theTokenIsFound() {
        let bytes = Array(#"{"x":[{}],"data":{"token":"abc\u0064","expires":5}}"#.utf8)
        #expect(GrantTokenResponse.token(in: bytes)?.value == "abcd")
    }

    @Test(arguments: [
        "", "{}", #"{"data":"x"}"#, #"{"data":{}}"#, #"{"data":{"token":7}}"#, #"{"data":{"token":""}}"#,
        #"{"token":"x"}"#, #"{"data":{"token":"a b"}}"#, #"{"data":{"token":"x\r\nEvil: 1"}}"#,
        #"{"data":{"token":"x"}} trailing"#,
    ]) func otherResponsesHaveNoToken(_ text: String) {
        #expect(GrantTokenResponse.token(in: Array(text.utf8)) == nil)
    }
}
