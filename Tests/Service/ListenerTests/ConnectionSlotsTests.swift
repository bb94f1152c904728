import Testing

@testable import Listener

@Suite struct ConnectionSlotsTests {
    @Test func oneTooManyClosesTheOneThatHasWaitedLongest() {
        var slots = ConnectionSlots<Int>(capacity: 3, closing: 2)
        for id in 1...3 { #expect(slots.accepted(id) == nil) }
        slots.requestReceived(1)
        #expect(slots.accepted(4) == 2)
        #expect(slots.isAccepting)
        slots.closed(2)
        #expect(slots.count == 3)
        #expect(slots.accepted(5) == 3)
    }

    @Test func nothingIsAcceptedWhileTooManyAreStillClosing() {
        var slots = ConnectionSlots<Int>(capacity: 2, closing: 1)
        for id in 1...2 { #expect(slots.accepted(id) == nil) }
        #expect(slots.isAccepting)
        #expect(slots.accepted(3) == 1)
        #expect(!slots.isAccepting)
        slots.closed(1)
        #expect(slots.isAccepting)
    }

    @Test func aNewOneGivesWayToThoseThatAreBeingAnswered() {
        var slots = ConnectionSlots<Int>(capacity: 2, closing: 1)
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
        var slots = ConnectionSlots<Int>(capacity: 4, closing: 1)
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

    @Test func aListenerThatMayNotCloseConnectionsAcceptsNoneWhileItIsFull() {
        var slots = ConnectionSlots<Int>(capacity: 2, closing: 5, mayClose: false)
        #expect(slots.accepted(1) == nil)
        #expect(slots.isAccepting)
        #expect(slots.accepted(2) == nil)
        #expect(!slots.isAccepting)
        // Several may have been accepted before the pause took effect.
        #expect(slots.accepted(3) == nil)
        #expect(slots.acceptFailed() == nil)
        slots.backoffEnded()
        slots.closed(1)
        #expect(!slots.isAccepting)
        slots.closed(2)
        #expect(slots.isAccepting)
        #expect(slots.listenerClosed().isEmpty)
        #expect(slots.count == 1)
    }

    @Test func theEndOfTheListenerClosesTheIdleOnes() {
        var slots = ConnectionSlots<Int>(capacity: 4, closing: 1)
        for id in 1...3 { #expect(slots.accepted(id) == nil) }
        slots.requestReceived(2)
        #expect(slots.listenerClosed() == [1, 3])
    }
}
