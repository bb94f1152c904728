import Testing

@testable import N8NBridge

@Suite struct WebSocketStateMachineTests {
    @Test func silenceIsToleratedForSoManyPings() {
        var machine = WebSocketStateMachine(toleratedSilentPings: 2)
        #expect(machine.pingDue() == .sendPing)
        #expect(machine.pingDue() == .sendPing)
        machine.trafficSeen()
        #expect(machine.pingDue() == .sendPing)
        #expect(machine.pingDue() == .sendPing)
        #expect(machine.pingDue() == .giveUp)
        #expect(machine.pingDue() == .none)
        #expect(!machine.isOpen)
    }

    @Test func ourCloseWaitsForTheirs() {
        var machine = WebSocketStateMachine(toleratedSilentPings: 2)
        #expect(machine.closeRequested() == .sendClose)
        #expect(machine.closeRequested() == .none)
        #expect(!machine.isOpen)
        #expect(machine.pingDue() == .none)
        #expect(machine.closeReceived() == .finish)
        #expect(machine.closeReceived() == .none)
    }

    @Test func theirCloseIsAnswered() {
        var machine = WebSocketStateMachine(toleratedSilentPings: 2)
        #expect(machine.closeReceived() == .answer)
        #expect(machine.closeRequested() == .none)
        #expect(machine.closeReceived() == .none)
    }

    @Test func nothingHappensAfterTheEnd() {
        var machine = WebSocketStateMachine(toleratedSilentPings: 2)
        machine.becameInactive()
        #expect(machine.pingDue() == .none)
        #expect(machine.closeRequested() == .none)
        #expect(machine.closeReceived() == .none)
        #expect(!machine.isOpen)
    }
}
