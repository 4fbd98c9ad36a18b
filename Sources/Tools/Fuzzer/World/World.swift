import Core

/// Someone who sends requests, and the ids of what is theirs.
struct Party: Sendable {
    let name: String
    var session: CloudSession
    /// How to get another token when this one was revoked.
    let auth: JSONValue
    var objects: [String: [String]] = [:]

    func first(_ kind: String) -> String? { objects[kind]?.first }
}

/// What the fuzzing is about: a project that attacks, one that holds canaries, and an administrator who
/// has objects of his own to break. The cloud's own users, roles and services are never named.
struct World: Sendable {
    var attacker: Party
    var victim: Party
    var administrator: Party
    /// In the name and description of all that is the victim's.
    let canary: String
    /// The victim's addresses and ids, and the canary.
    var canaries: [String] = []
    /// Passwords and tokens: none may be in a log.
    var secrets: [String] = []
    var revokedToken = ""
    var expiredToken = ""
    /// What everybody may use: the public image, the public network.
    var shared: [String: String] = [:]

    var allIDs: [String: String] {
        var kinds: [String: String] = [:]
        for party in [attacker, victim, administrator] {
            for (kind, ids) in party.objects { for id in ids { kinds[id] = kind } }
        }
        return kinds
    }
}
