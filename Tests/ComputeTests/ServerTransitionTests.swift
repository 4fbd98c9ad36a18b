import ComputeModel
import Testing

@Suite struct ServerTransitionTests {
    @Test func everyActionStandsOnceInTheTable() {
        let actions = ServerTransitions.table.map(\.action)
        #expect(Set(actions).count == actions.count)
    }

    @Test func aServerBeingDeletedAcceptsNothingButDelete() {
        for transition in ServerTransitions.table where transition.tasks == .idle {
            #expect(!transition.allows(.active, .deleting), "\(transition.action)")
        }
        #expect(ServerTransitions.of(.delete)?.allows(.building, .spawning) == true)
    }

    @Test func softRebootNeedsARunningGuest() {
        let soft = ServerTransitions.of(.reboot)
        #expect(soft?.allows(.active, nil) == true)
        #expect(soft?.allows(.stopped, nil) == false)
        #expect(ServerTransitions.of(.rebootHard)?.allows(.stopped, nil) == true)
        #expect(ServerTransitions.of(.rebootHard)?.allows(.active, .rebooting) == true)
    }

    @Test(arguments: [
        (VMState.active, TaskState?.none, "ACTIVE"), (.active, .rebooting, "REBOOT"),
        (.stopped, .rebootingHard, "HARD_REBOOT"), (.building, .spawning, "BUILD"), (.stopped, .poweringOn, "SHUTOFF"),
        (.error, .deleting, "ERROR"), (.resized, nil, "VERIFY_RESIZE"),
    ])
    func statesShowAsTheStatusThatClientsKnow(state: VMState, task: TaskState?, status: String) {
        #expect(ServerStatus.of(state, task) == status)
        #expect(ServerStatus.states(for: status.lowercased()).contains(state))
    }

    @Test func anUnknownStatusMeansNoState() {
        #expect(ServerStatus.states(for: "FLYING").isEmpty)
    }
}
