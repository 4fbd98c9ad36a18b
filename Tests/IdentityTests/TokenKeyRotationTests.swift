import Core
import FoundationEssentials
import TestSupport
import Testing

@testable import Identity

struct FernetKeySetTests {
    private func key() -> String { FernetKey.generateText() }

    @Test func aRotationStagesANewKeyAndDropsTheOldest() {
        var set = FernetKeySet(keys: [0: key(), 1: key()])
        for round in 2...5 {
            let staged = set.keys[0]
            let new = key()
            set = set.rotated(keeping: 3, newKey: new)
            #expect(set.keys[round] == staged)
            #expect(set.keys[0] == new)
            #expect(set.keys.keys.sorted() == (round == 2 ? [0, 1, 2] : [0, round - 1, round]))
        }
        #expect(FernetKeySet(text: set.text) == set)
    }

    @Test func textsThatAreNoKeysAreRefused() {
        #expect(FernetKeySet(text: "") == nil)
        #expect(FernetKeySet(text: "0 \(key())") == nil)
        #expect(FernetKeySet(text: "0 \(key())\n1 short") == nil)
        #expect(FernetKeySet(text: "0 \(key())\n-1 \(key())") == nil)
    }
}

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct TokenKeyRotationTests {
    private let options = """
        [fernet_tokens]
        rotation_interval = 1h
        max_active_keys = 60
        """

    /// Another daemon of the same cloud, whose folder began as a copy.
    private func other(_ world: IdentityWorld) throws -> (TokenKeyRotation, FernetKeyFolder) {
        let folder = FernetKeyFolder(path: world.tokenKeys.path + "-other", maximumKeys: 60)
        try folder.setUp()
        try folder.replace(with: try world.tokenKeys.keySet())
        let configuration = try Configuration(
            text: """
                [fernet_tokens]
                key_repository = \(folder.path)
                rotation_interval = 1h
                max_active_keys = 60
                """)
        return (TokenKeyRotation(world.env, try configuration.read(FernetTokenOptions.self)), folder)
    }

    @Test func daemonsAgreeOnRotatedKeys() async throws {
        try await IdentityWorld.run(options: options) { world in
            let first = TokenKeyRotation(world.env, world.tokenOptions)
            let (second, folder) = try other(world)
            let before = try world.tokenKeys.keySet()
            for rotation in [first, second] { try await rotation.run() }
            #expect(try world.tokenKeys.keySet() == before)
            #expect(try folder.keySet() == before)

            world.clock.advance(by: .seconds(3601))
            // Both find that it is time; one of them rotates.
            for rotation in [second, first, second] { try await rotation.run() }
            let after = try world.tokenKeys.keySet()
            #expect(try folder.keySet() == after)
            #expect(after.keys.count == before.keys.count + 1)
            #expect(after.keys[2] == before.keys[0])
        }
    }

    /// Tokens made with the new primary key are good where the old set is still in use, and the other way round.
    @Test func tokensOutliveARotation() async throws {
        try await IdentityWorld.run(options: options) { world in
            let (_, folder) = try other(world)
            let old = try folder.load()
            let rotation = TokenKeyRotation(world.env, world.tokenOptions)
            try await rotation.run()
            let early = try await world.login("demo", "demo").text
            world.clock.advance(by: .seconds(1800))
            let middle = try await world.login("demo", "demo").text
            world.clock.advance(by: .seconds(1801))
            try await rotation.run()
            world.clock.advance(by: .seconds(3))
            let late = try await world.login("demo", "demo").text
            #expect(old.open(late) != nil)
            #expect(try await world.isValid(middle))
            #expect(try await world.isValid(late))
            #expect(try await !world.isValid(early))
        }
    }

    @Test func keysThatWouldLeaveTooEarlyAreRefused() throws {
        let configuration = try Configuration(
            text: "[fernet_tokens]\nrotation_interval = 1h\nmax_active_keys = 3")
        #expect(throws: (any Error).self) {
            try configuration.read(FernetTokenOptions.self).check(try configuration.read(TokenOptions.self))
        }
    }
}
