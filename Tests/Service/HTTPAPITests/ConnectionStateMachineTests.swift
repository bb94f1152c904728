import Testing

@testable import HTTPAPI

@Suite struct ConnectionStateMachineTests {
    private func machine(isDraining: Bool = false) -> ConnectionStateMachine {
        ConnectionStateMachine(isDraining: isDraining)
    }

    private func head(
        _ body: ConnectionStateMachine.BodyLength = .none,
        refusal: ProblemDocument? = nil,
        maximumBody: Int = 100_000,
        expectsContinue: Bool = false,
        keepsAlive: Bool = true
    ) -> ConnectionStateMachine.Head {
        ConnectionStateMachine.Head(
            refusal: refusal,
            body: body,
            maximumBody: maximumBody,
            expectsContinue: expectsContinue,
            keepsAlive: keepsAlive
        )
    }

    @Test func requestsFollowEachOtherOnAConnection() {
        var machine = self.machine()
        for _ in 0..<3 {
            #expect(machine.isIdle)
            #expect(machine.headReceived(self.head(.known(3))) == .collectBody)
            #expect(machine.isReceiving)
            #expect(machine.bodyReceived(3) == .append)
            #expect(machine.endReceived() == .handle)
            #expect(machine.responseKeepsAlive)
            #expect(machine.responseFinished() == .takeNextRequest)
        }
    }

    @Test func aClientThatWantsToCloseIsClosed() {
        var machine = self.machine()
        _ = machine.headReceived(self.head(keepsAlive: false))
        #expect(machine.endReceived() == .handle)
        #expect(!machine.responseKeepsAlive)
        #expect(machine.responseFinished() == .close)
    }

    @Test func aClientThatAsksIsToldToGoOn() {
        var machine = self.machine()
        #expect(
            machine.headReceived(self.head(.known(9), expectsContinue: true)) == .sendContinueAndCollectBody
        )
    }

    @Test func aBodyThatIsAnnouncedTooLargeIsRefusedBeforeItComes() {
        var machine = self.machine()
        #expect(
            machine.headReceived(self.head(.known(100_001), expectsContinue: true))
                == .respond(.tooLarge(limit: 100_000))
        )
        #expect(!machine.responseKeepsAlive)
        #expect(machine.bodyReceived(65_536) == .drop)
        #expect(machine.responseFinished() == .linger)
        #expect(machine.bodyReceived(65_536) == .drop)
        #expect(machine.endReceived() == .close)
        #expect(machine.responseFinished() == .none)
    }

    @Test func aBodyThatTurnsOutTooLargeIsRefusedWhileItComes() {
        var machine = self.machine()
        #expect(machine.headReceived(self.head(.unknown)) == .collectBody)
        #expect(machine.bodyReceived(100_000) == .append)
        #expect(machine.bodyReceived(1) == .respond(.tooLarge(limit: 100_000)))
        #expect(machine.bodyReceived(1) == .drop)
        // The end of the body may come before the end of the response.
        #expect(machine.endReceived() == .none)
        #expect(machine.responseFinished() == .close)
    }

    @Test func everyRequestIsHeldToTheLimitThatCameWithIt() {
        var machine = self.machine()
        for limit in [10, 3, 10] {
            #expect(machine.headReceived(self.head(.known(3), maximumBody: limit)) == .collectBody)
            #expect(machine.bodyReceived(3) == .append)
            #expect(machine.endReceived() == .handle)
            #expect(machine.responseFinished() == .takeNextRequest)
        }
        #expect(machine.headReceived(self.head(.known(3), maximumBody: 2)) == .none)
        #expect(machine.endReceived() == .respond(.tooLarge(limit: 2)))
    }

    @Test func aShortRefusedBodyIsReadSoThatTheConnectionIsKept() {
        var machine = self.machine()
        let problem = ProblemDocument.refused(uid: 3)
        #expect(machine.headReceived(self.head(.known(10), refusal: problem)) == .none)
        #expect(machine.bodyReceived(10) == .drop)
        #expect(machine.endReceived() == .respond(problem))
        #expect(machine.responseFinished() == .takeNextRequest)
        #expect(machine.headReceived(self.head(.unknown, refusal: problem)) == .respond(problem))
        #expect(machine.responseFinished() == .linger)
    }

    @Test func aClientThatStopsSendingGetsItsResponse() {
        var machine = self.machine()
        _ = machine.headReceived(self.head())
        _ = machine.endReceived()
        #expect(machine.inputClosed() == .none)
        #expect(machine.responseFinished() == .close)

        machine = self.machine()
        #expect(machine.inputClosed() == .close)
        machine = self.machine()
        _ = machine.headReceived(self.head(.known(3)))
        #expect(machine.inputClosed() == .close)
    }

    @Test func bytesThatAreNoRequestAreAnsweredOnce() {
        var machine = self.machine()
        #expect(machine.malformedInput() == .respond(.malformedRequest))
        #expect(machine.malformedInput() == .none)
        #expect(machine.responseFinished() == .close)
        #expect(machine.malformedInput() == .none)
    }

    @Test func aRequestThatDoesNotGoOnIsGivenUp() {
        var machine = self.machine()
        _ = machine.headReceived(self.head(.known(3)))
        #expect(machine.receivingTimedOut() == .respond(.requestTimedOut))
        #expect(machine.responseFinished() == .close)
        // One that is being answered has arrived.
        machine = self.machine()
        _ = machine.headReceived(self.head())
        _ = machine.endReceived()
        #expect(machine.receivingTimedOut() == .none)
    }

    @Test func onlyAConnectionWithoutARequestIdlesOut() {
        var machine = self.machine()
        _ = machine.headReceived(self.head())
        #expect(machine.idledOut() == .none)
        _ = machine.endReceived()
        #expect(machine.idledOut() == .none)
        #expect(machine.responseFinished() == .takeNextRequest)
        #expect(machine.idledOut() == .close)
        #expect(machine.idledOut() == .none)
    }

    @Test func aBodyThereIsNoRoomForIsRefusedWhileItComes() {
        var machine = self.machine()
        _ = machine.headReceived(self.head(.known(1000)))
        #expect(machine.bodyReceived(500) == .append)
        #expect(machine.bodyRefused(.memoryExhausted) == .respond(.memoryExhausted))
        #expect(!machine.responseKeepsAlive)
        #expect(machine.bodyReceived(500) == .drop)
        #expect(machine.endReceived() == .none)
        #expect(machine.responseFinished() == .close)
    }

    @Test func aConnectionThatIsGoodForOneResponseSaysSo() {
        var machine = self.machine()
        machine.endWithNextResponse()
        _ = machine.headReceived(self.head(refusal: .tooManyConnections))
        #expect(machine.endReceived() == .respond(.tooManyConnections))
        #expect(!machine.responseKeepsAlive)
        #expect(machine.responseFinished() == .close)

        // It may turn out so only when the response begins.
        machine = self.machine()
        _ = machine.headReceived(self.head())
        #expect(machine.endReceived() == .handle)
        machine.endWithNextResponse()
        #expect(machine.responseFinished() == .close)
    }

    @Test func drainingClosesWhatIsIdleAndLetsTheRestFinish() {
        var machine = self.machine()
        #expect(machine.drain(isFinal: false) == .close)

        machine = self.machine()
        _ = machine.headReceived(self.head())
        _ = machine.endReceived()
        #expect(machine.drain(isFinal: false) == .none)
        #expect(machine.drain(isFinal: true) == .none)
        #expect(!machine.responseKeepsAlive)
        #expect(machine.responseFinished() == .close)

        machine = self.machine()
        _ = machine.headReceived(self.head(.known(3)))
        #expect(machine.drain(isFinal: false) == .none)
        #expect(machine.drain(isFinal: true) == .close)
        #expect(machine.endReceived() == .none)

        machine = self.machine(isDraining: true)
        _ = machine.headReceived(self.head())
        _ = machine.endReceived()
        #expect(!machine.responseKeepsAlive)
        #expect(machine.responseFinished() == .close)
    }

    @Test func nothingIsDoneOnALostConnection() {
        var machine = self.machine()
        _ = machine.headReceived(self.head())
        _ = machine.endReceived()
        machine.becameInactive()
        #expect(machine.responseFinished() == .none)
        #expect(machine.headReceived(self.head()) == .none)
        #expect(machine.bodyReceived(1) == .drop)
        #expect(machine.endReceived() == .none)
        #expect(machine.drain(isFinal: true) == .none)
    }

    /// A peer drives the order of events: none of them may be a trap.
    @Test func anEventThatCannotComeClosesTheConnectionAndIsNamed() {
        func unexpected(_ event: String, in state: String) -> ConnectionStateMachine.UnexpectedEvent {
            ConnectionStateMachine.UnexpectedEvent(event: event, state: state)
        }
        func closes(_ machine: ConnectionStateMachine) -> Bool {
            var machine = machine
            return machine.headReceived(self.head()) == .none && machine.bodyReceived(1) == .drop
                && machine.endReceived() == .none && machine.responseFinished() == .none
                && machine.inputClosed() == .none
        }
        var idle = self.machine()
        #expect(idle.bodyReceived(1) == .fail(unexpected("body received", in: "idle")))
        #expect(closes(idle))
        idle = self.machine()
        #expect(idle.endReceived() == .fail(unexpected("end received", in: "idle")))
        #expect(closes(idle))
        idle = self.machine()
        #expect(idle.responseFinished() == .fail(unexpected("response finished", in: "idle")))
        #expect(closes(idle))

        var receiving = self.machine()
        _ = receiving.headReceived(self.head(.known(3)))
        var machine = receiving
        #expect(machine.headReceived(self.head()) == .fail(unexpected("head received", in: "receiving")))
        #expect(closes(machine))
        machine = receiving
        #expect(machine.responseFinished() == .fail(unexpected("response finished", in: "receiving")))
        #expect(closes(machine))
        // The control: what is expected then.
        #expect(receiving.bodyReceived(3) == .append)
        #expect(receiving.endReceived() == .handle)

        machine = receiving
        #expect(machine.headReceived(self.head()) == .fail(unexpected("head received", in: "responding")))
        #expect(closes(machine))
        machine = receiving
        #expect(machine.bodyReceived(1) == .fail(unexpected("body received", in: "responding")))
        #expect(closes(machine))
        machine = receiving
        #expect(machine.endReceived() == .fail(unexpected("end received", in: "responding")))
        #expect(closes(machine))
        machine = receiving
        #expect(machine.bodyRefused(.memoryExhausted) == .fail(unexpected("body refused", in: "responding")))
        #expect(closes(machine))

        var refusing = self.machine()
        _ = refusing.headReceived(self.head(.known(3), refusal: .memoryExhausted))
        #expect(refusing.headReceived(self.head()) == .fail(unexpected("head received", in: "refusing")))
        #expect(closes(refusing))
    }
}
