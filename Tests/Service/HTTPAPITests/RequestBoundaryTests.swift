import Testing

@testable import HTTPAPI

@Suite struct RequestBoundaryTests {
    private func take(_ boundary: inout RequestBoundary, _ text: String) -> Int {
        Array(text.utf8).withUnsafeBytes { boundary.take(from: $0) }
    }

    @Test func aHeadEndsBehindItsEmptyLine() {
        var boundary = RequestBoundary()
        #expect(boundary.isBetweenRequests)
        #expect(self.take(&boundary, "GET / HTTP/1.1\r\na: b\r\n\r\nGET") == 24)
        boundary.requestEnded()
        #expect(boundary.isBetweenRequests)
        #expect(self.take(&boundary, "GET / HTTP/1.1\n\nGET") == 16)
    }

    @Test func anEmptyLineIsFoundWhereverItIsCut() {
        var boundary = RequestBoundary()
        for part in ["GET / HTTP/1.1", "\r", "\n", "\r"] {
            #expect(self.take(&boundary, part) == part.utf8.count)
            #expect(!boundary.isBetweenRequests)
        }
        #expect(self.take(&boundary, "\nGET") == 1)
    }

    @Test func emptyLinesInFrontOfARequestAreNoEnd() {
        var boundary = RequestBoundary()
        #expect(self.take(&boundary, "\r\n\r\n\r\nGET") == 9)
        #expect(!boundary.isBetweenRequests)
    }

    @Test func aBodyOfKnownLengthIsTakenWhole() {
        var boundary = RequestBoundary()
        #expect(self.take(&boundary, "POST / HTTP/1.1\r\n\r\nab") == 19)
        boundary.bodyAnnounced(5)
        #expect(self.take(&boundary, "a\n\n") == 3)
        #expect(!boundary.isBetweenRequests)
        #expect(self.take(&boundary, "bcGET") == 2)
    }

    @Test func aChunkedBodyIsTakenUpToAnEmptyLineAtLeast() {
        var boundary = RequestBoundary()
        #expect(self.take(&boundary, "POST / HTTP/1.1\r\n\r\n") == 19)
        boundary.bodyAnnounced(nil)
        #expect(self.take(&boundary, "1\r\na\r\n0\r\n\r\nGET /") == 11)
    }
}
