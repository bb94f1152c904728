import NIOCore
import Testing

@testable import N8NBridge

@Suite struct ConnectionSlotsTests {
    @Test func oneTooManyClosesTheOneThatHasWaitedLongest() {
        var slots = ConnectionSlots<Int>(capacity: 3, margin: 2)
        for id in 1...3 { #expect(slots.accepted(id) == nil) }
        slots.requestReceived(1)
        #expect(slots.accepted(4) == 2)
        #expect(slots.isAccepting)
        slots.closed(2)
        #expect(slots.count == 3)
        #expect(slots.accepted(5) == 3)
    }

    @Test func nothingIsAcceptedWhileTooManyAreStillClosing() {
        var slots = ConnectionSlots<Int>(capacity: 2, margin: 1)
        for id in 1...2 { #expect(slots.accepted(id) == nil) }
        #expect(slots.isAccepting)
        #expect(slots.accepted(3) == 1)
        #expect(!slots.isAccepting)
        slots.closed(1)
        #expect(slots.isAccepting)
    }

    @Test func aNewOneGivesWayToThoseThatAreBeingAnswered() {
        var slots = ConnectionSlots<Int>(capacity: 2, margin: 1)
        for id in 1...2 {
            #expect(slots.accepted(id) == nil)
            slots.requestReceived(id)
        }
        #expect(slots.accepted(3) == 3)
        // Too late to change its mind.
        slots.requestReceived(3)
        slots.closed(3)
        slots.closed(3)
        #expect(slots.count == 2)
        slots.closed(1)
        #expect(slots.accepted(4) == nil)
    }

    @Test func aFailureToAcceptPausesAndMakesRoom() {
        var slots = ConnectionSlots<Int>(capacity: 4, margin: 1)
        #expect(slots.acceptFailed() == nil)
        #expect(!slots.isAccepting)
        slots.backoffEnded()
        #expect(slots.isAccepting)
        for id in 1...2 { #expect(slots.accepted(id) == nil) }
        slots.requestReceived(1)
        #expect(slots.acceptFailed() == 2)
        #expect(slots.acceptFailed() == nil)
        slots.closed(2)
        #expect(!slots.isAccepting)
    }

    @Test func theEndOfTheListenerClosesTheIdleOnes() {
        var slots = ConnectionSlots<Int>(capacity: 4, margin: 1)
        for id in 1...3 { #expect(slots.accepted(id) == nil) }
        slots.requestReceived(2)
        #expect(slots.listenerClosed() == [1, 3])
    }

    @Test func aLineASecondIsLoggedAndTheOthersAreCounted() {
        var pace = LogPace(interval: .seconds(1))
        let start = NIODeadline.now()
        #expect(pace.admit(at: start) == 0)
        #expect(pace.admit(at: start + .milliseconds(1)) == nil)
        #expect(pace.admit(at: start + .milliseconds(999)) == nil)
        #expect(pace.admit(at: start + .seconds(1)) == 2)
        #expect(pace.admit(at: start + .seconds(3)) == 0)
    }
}
