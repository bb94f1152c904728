import TestSupport
import Testing

@testable import N8NBridge

@Suite struct ReconnectStateMachineTests {
    typealias Machine = ReconnectStateMachine

    private let grant: SecretToken
    private let auth: SecretToken
    private let fresh: SecretToken

    init() throws {
        self.grant = try #require(SecretToken("grant"))
        self.auth = try #require(SecretToken("auth"))
        self.fresh = try #require(SecretToken("fresh"))
    }

    private func machine(grant: SecretToken? = nil, auth: SecretToken? = nil) -> Machine {
        Machine(
            grantToken: grant,
            authToken: auth,
            backoff: .init(first: .seconds(1), largest: .seconds(20))
        )
    }

    private func isWait(_ action: Machine.Action) -> Bool {
        if case .wait = action { true } else { false }
    }

    @Test func withoutATokenTheBridgeEnds() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine()
        #expect(machine.start(using: &generator) == .end(.noToken))
    }

    @Test func aGrantTokenConnectsAtOnce() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(grant: self.grant)
        #expect(machine.start(using: &generator) == .connect(self.grant))
    }

    @Test func anAuthTokenIsExchangedFirst() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(auth: self.auth)
        #expect(machine.start(using: &generator) == .exchange(self.auth))
        #expect(machine.exchanged(.success(self.fresh), using: &generator) == .connect(self.fresh))
    }

    @Test func aRefusedGrantTokenWithoutAnAuthTokenIsTheEnd() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(grant: self.grant)
        _ = machine.start(using: &generator)
        #expect(
            machine.connectFailed(.refused(status: 403), using: &generator)
                == .end(.connectionRefused(status: 403, hasAuthToken: false))
        )
    }

    @Test func aRefusedGrantTokenIsExchangedAtOnce() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(grant: self.grant, auth: self.auth)
        #expect(machine.start(using: &generator) == .connect(self.grant))
        #expect(machine.connectFailed(.refused(status: 403), using: &generator) == .exchange(self.auth))
        #expect(machine.exchanged(.success(self.fresh), using: &generator) == .connect(self.fresh))
    }

    @Test func twoFreshTokensRefusedInARowAreTheEnd() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(auth: self.auth)
        _ = machine.start(using: &generator)
        _ = machine.exchanged(.success(self.fresh), using: &generator)
        #expect(self.isWait(machine.connectFailed(.refused(status: 403), using: &generator)))
        #expect(machine.waited(using: &generator) == .exchange(self.auth))
        #expect(machine.exchanged(.success(self.fresh), using: &generator) == .connect(self.fresh))
        #expect(
            machine.connectFailed(.refused(status: 403), using: &generator)
                == .end(.connectionRefused(status: 403, hasAuthToken: true))
        )
    }

    @Test func aFreshTokenThatIsTakenMakesUpForOneThatWasRefused() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(auth: self.auth)
        _ = machine.start(using: &generator)
        for _ in 0..<3 {
            _ = machine.exchanged(.success(self.fresh), using: &generator)
            #expect(self.isWait(machine.connectFailed(.refused(status: 403), using: &generator)))
            _ = machine.waited(using: &generator)
            _ = machine.exchanged(.success(self.fresh), using: &generator)
            // Taken, though the broker never gets to registering the runner.
            machine.connected()
            #expect(self.isWait(machine.disconnected(wasUseful: false, using: &generator)))
            #expect(machine.waited(using: &generator) == .exchange(self.auth))
        }
    }

    /// The control is the two tests of what ends a bridge that never was registered.
    @Test func noRefusalEndsABridgeThatWasRegistered() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(auth: self.auth)
        _ = machine.start(using: &generator)
        _ = machine.exchanged(.success(self.fresh), using: &generator)
        machine.connected()
        _ = machine.disconnected(wasUseful: true, using: &generator)
        for _ in 0..<5 {
            #expect(machine.waited(using: &generator) == .exchange(self.auth))
            #expect(self.isWait(machine.exchanged(.failure(.refused(status: 403)), using: &generator)))
            #expect(machine.waited(using: &generator) == .exchange(self.auth))
            #expect(machine.exchanged(.success(self.fresh), using: &generator) == .connect(self.fresh))
            #expect(self.isWait(machine.connectFailed(.refused(status: 401), using: &generator)))
        }
    }

    @Test func aSpentGrantTokenAloneIsTheEndEvenOfABridgeThatWasRegistered() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(grant: self.grant)
        _ = machine.start(using: &generator)
        machine.connected()
        _ = machine.disconnected(wasUseful: true, using: &generator)
        #expect(machine.waited(using: &generator) == .connect(self.grant))
        #expect(
            machine.connectFailed(.refused(status: 403), using: &generator)
                == .end(.connectionRefused(status: 403, hasAuthToken: false))
        )
    }

    @Test func aRefusedAuthTokenIsTheEnd() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(auth: self.auth)
        _ = machine.start(using: &generator)
        #expect(
            machine.exchanged(.failure(.refused(status: 403)), using: &generator)
                == .end(.authTokenRefused(status: 403))
        )
    }

    @Test func everyConnectionIsMadeWithATokenOfItsOwn() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(grant: self.grant, auth: self.auth)
        #expect(machine.start(using: &generator) == .connect(self.grant))
        for _ in 0..<3 {
            machine.connected()
            #expect(self.isWait(machine.disconnected(wasUseful: true, using: &generator)))
            #expect(machine.waited(using: &generator) == .exchange(self.auth))
            _ = machine.exchanged(.success(self.fresh), using: &generator)
        }
    }

    @Test func aTokenThatNeverGotThereIsTriedAgain() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(grant: self.grant, auth: self.auth)
        _ = machine.start(using: &generator)
        #expect(self.isWait(machine.connectFailed(.transient, using: &generator)))
        #expect(machine.waited(using: &generator) == .connect(self.grant))
    }

    @Test func failuresInARowWaitLongerUpToALimitAndWithJitter() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(auth: self.auth)
        _ = machine.start(using: &generator)
        var delays: [Duration] = []
        for _ in 0..<40 {
            guard case .wait(let delay) = machine.exchanged(.failure(.transient), using: &generator) else {
                Issue.record("does not wait")
                return
            }
            delays.append(delay)
            #expect(machine.waited(using: &generator) == .exchange(self.auth))
        }
        for (index, delay) in delays.enumerated() {
            let full = min(Duration.seconds(1 << min(index, 10)), .seconds(20))
            #expect(delay >= full / 2 && delay <= full)
        }
        #expect(Set(delays.suffix(30)).count > 20)
    }

    @Test func aUsefulConnectionForgetsTheFailuresAndAUselessOneAddsToThem() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(grant: self.grant)
        var action = machine.start(using: &generator)
        func wait(_ action: Machine.Action) -> Duration {
            if case .wait(let delay) = action { delay } else { .zero }
        }
        for _ in 0..<10 {
            #expect(action == .connect(self.grant))
            // The broker takes the connection and closes it again.
            machine.connected()
            action = machine.disconnected(wasUseful: false, using: &generator)
            guard case .wait = action else {
                Issue.record("does not wait")
                return
            }
            action = machine.waited(using: &generator)
        }
        machine.connected()
        #expect(wait(machine.disconnected(wasUseful: false, using: &generator)) >= .seconds(10))
        _ = machine.waited(using: &generator)
        machine.connected()
        #expect(wait(machine.disconnected(wasUseful: true, using: &generator)) <= .seconds(1))
    }

    @Test func tokensDoNotShowInWhatIsPrinted() {
        var text = ""
        dump(Machine.Action.connect(self.grant), to: &text)
        text += "\(self.machine(grant: self.grant, auth: self.auth)) \(Machine.Action.exchange(self.auth))"
        text += String(reflecting: self.grant)
        #expect(!text.contains("grant\"") && !text.contains("\"auth") && text.contains("(redacted)"))
        // The control: an ordinary value does show.
        #expect("\(["auth"])".contains("\"auth"))
    }

    @Test(arguments: ["", " ", "a b", "a\r\nb", "tökén", "a\u{0}"]) func tokensThatAHeaderCannotCarryAreRefused(
        _ text: String
    ) {
        #expect(SecretToken(text) == nil)
    }

    @Test func aConnectionThatOpensOutOfOrderChangesNothing() {
        var generator = SeededGenerator(seed: 1)
        var machine = self.machine(auth: self.auth)
        machine.connected()
        #expect(machine.start(using: &generator) == .exchange(self.auth))
        machine.connected()
        #expect(machine.exchanged(.success(self.fresh), using: &generator) == .connect(self.fresh))
        // Control: in order, the end of the connection is expected.
        machine.connected()
        guard case .wait = machine.disconnected(wasUseful: true, using: &generator) else {
            Issue.record("the connection was not open")
            return
        }
    }

    /// Each event in a state that does not allow it: the machine waits and goes on, whatever the state.
    @Test func eventsOutOfOrderRestartTheConnectionInsteadOfTrapping() {
        typealias Event = (inout Machine, inout SeededGenerator) -> Machine.Action
        let fresh = self.fresh
        let events: [(String, Event)] = [
            ("started", { $0.start(using: &$1) }),
            ("waited", { $0.waited(using: &$1) }),
            ("exchanged", { $0.exchanged(.success(fresh), using: &$1) }),
            ("failed to connect", { $0.connectFailed(.transient, using: &$1) }),
            ("disconnected", { $0.disconnected(wasUseful: true, using: &$1) }),
        ]
        var restarts = 0
        for (first, step) in events {
            for (second, event) in events {
                var generator = SeededGenerator(seed: 1)
                var machine = self.machine(auth: self.auth)
                // The control: in order, the first event is allowed only where a bridge starts.
                let action = step(&machine, &generator)
                #expect((action == .exchange(self.auth)) == (first == "started"))
                guard case .restart(_, let unexpected) = event(&machine, &generator) else { continue }
                restarts += 1
                #expect(unexpected.hasPrefix(second))
                #expect(machine.waited(using: &generator) == .exchange(self.auth))
            }
        }
        #expect(restarts == 20)
    }
}
