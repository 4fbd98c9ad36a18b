import ComputeModel
import Core
import FoundationEssentials
import IdentityClient
import Messaging
import SchedulerModel
import TestSupport
import Testing

/// Daemons of two releases run side by side during an upgrade, so what one says the other must understand.
@Suite struct MessageFingerprintTests {
    /// Every message that daemons send one another.
    private static let messages: [any RPCMessage.Type] = [
        EnsureServer.self, DestroyServer.self, PowerServer.self, AttachVolume.self, DetachVolume.self, PlugPort.self,
        UnplugPort.self, SnapshotServer.self, ConsoleOutput.self, ServerDiagnostics.self, GetPowerState.self,
        ReportStep.self, ReportPowerState.self, AnnounceHost.self, ListServersOnHost.self, ConfigDriveFiles.self,
        WakeConductor.self, ReportService.self, ServerExternalEvent.self, ServerExternalEvents.self,
        TokenRevoked.self, RevocationBeat.self, SelectDestinations.self, ReleaseClaim.self, ExplainSelection.self,
        UpdateHost.self, ForgetHost.self,
    ]

    private static func fingerprint<Message: RPCMessage>(_ type: Message.Type) -> MessageFingerprint {
        MessageFingerprint(type)
    }

    @Test func messagesAreWhatTheyWereOrHaveOnlyOptionalFieldsMore() throws {
        let path = Golden.path("rpc/messages.json")
        let prints = Self.messages.map { Self.fingerprint($0) }
        #expect(Set(prints.map(\.key)).count == prints.count, "two messages have one name")
        let recorded = try Golden.read(path) ?? [:]
        let broken = prints.compactMap { print in recorded[print.key].flatMap { print.breaks($0) } }
        for text in broken { Issue.record("\(text). Rather make a new message: docs/howto/add-rpc-message.md") }
        guard broken.isEmpty else { return }
        let found = Dictionary(prints.map { ($0.key, $0.json) }, uniquingKeysWith: { first, _ in first })
        for text in try Golden.differences(found, from: path) { Issue.record("\(text)") }
    }

    /// The list above is complete: the sources declare no message that is not in it.
    @Test func everyMessageOfTheSourcesHasAFingerprint() throws {
        let names = Set(Self.messages.map { "\($0)" })
        let sources = "\(Golden.root())/Sources"
        let declaration = #/(?:struct|extension) (\w+): (?:\w+, )*RPC(?:Call|Cast|Fanout)\b/#
        var found: Set<String> = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: sources) where file.hasSuffix(".swift") {
            // A benchmark measures with a message of its own, on queues that no daemon has.
            if file.hasPrefix("Bench/") { continue }
            guard let data = FileManager.default.contents(atPath: "\(sources)/\(file)") else { continue }
            let text = String(decoding: data, as: UTF8.self)
            for match in text.matches(of: declaration) { found.insert(String(match.1)) }
        }
        #expect(found == names)
    }
}
