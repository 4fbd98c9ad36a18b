import Core
import Glibc
import HTTPTypes
import TestSupport
import WebAPI

@testable import Identity

/// A tree of one test's own on the test server: `people` and `groups`.
struct DirectoryUnderTest: Sendable {
    let base: String

    /// - Throws: when the server refuses.
    static func make() throws -> DirectoryUnderTest {
        let name = TestServices.uniqueName()
        let tree = DirectoryUnderTest(base: "ou=\(name),dc=test")
        try tree.change(
            """
            dn: \(tree.base)
            changetype: add
            objectClass: organizationalUnit
            ou: \(name)

            dn: ou=people,\(tree.base)
            changetype: add
            objectClass: organizationalUnit
            ou: people

            dn: ou=groups,\(tree.base)
            changetype: add
            objectClass: organizationalUnit
            ou: groups
            """)
        return tree
    }

    func dn(_ user: String) -> String { "uid=\(LDAPText.nameValue(user)),ou=people,\(base)" }

    /// A user whose password is the name turned around, and whose `employeeType` says whether they are enabled.
    func addUser(_ name: String, enabled: String = "TRUE") throws {
        try change(
            """
            dn: \(dn(name))
            changetype: add
            objectClass: inetOrgPerson
            uid: \(name)
            cn: \(name)
            sn: \(name)
            mail: \(name)@example.org
            employeeType: \(enabled)
            userPassword: \(String(name.reversed()))
            """)
    }

    func addGroup(_ name: String, members: [String]) throws {
        let members = members.map { "member: \(dn($0))" }.joined(separator: "\n")
        try change(
            """
            dn: cn=\(name),ou=groups,\(base)
            changetype: add
            objectClass: groupOfNames
            cn: \(name)
            description: The \(name)
            \(members)
            """)
    }

    func set(_ attribute: String, _ value: String, of dn: String) throws {
        try change("dn: \(dn)\nchangetype: modify\nreplace: \(attribute)\n\(attribute): \(value)")
    }

    func delete(_ dn: String) throws { try change("dn: \(dn)\nchangetype: delete") }

    private func change(_ ldif: String) throws {
        let url = TestServices.directoryURL ?? ""
        let command = "ldapmodify -x -H \(url) -D cn=admin,dc=test -w secret > /dev/null"
        guard let pipe = popen(command, "w") else { throw ServiceError(.internal, "ldapmodify cannot be started") }
        fputs(ldif + "\n", pipe)
        guard pclose(pipe) == 0 else { throw ServiceError(.internal, "ldapmodify refused: \(ldif)") }
    }

    /// The domain's options for this tree, with others in their place.
    func options(_ others: [String: JSONValue] = [:]) -> JSONValue {
        var ldap: [String: JSONValue] = [
            "url": .string(TestServices.directoryURL ?? ""), "user": "cn=admin,dc=test", "password": "secret",
            "suffix": .string(base), "user_tree_dn": .string("ou=people,\(base)"), "user_id_attribute": "uid",
            "user_name_attribute": "uid", "user_enabled_attribute": "employeeType",
            "group_tree_dn": .string("ou=groups,\(base)"), "group_name_attribute": "cn",
        ]
        ldap.merge(others) { _, new in new }
        return ["config": ["identity": ["driver": "ldap"], "ldap": .object(ldap)]]
    }
}

extension APIWorld {
    /// A world with a domain `corp` whose users are in a tree of its own.
    static func withDirectory(
        _ others: [String: JSONValue] = [:], users: [String] = ["ann", "bob"],
        _ body: (APIWorld, DirectoryUnderTest, String) async throws -> Void
    ) async throws {
        let tree = try DirectoryUnderTest.make()
        for user in users { try tree.addUser(user) }
        try await run(options: "[identity]\ndomain_specific_drivers_enabled = true") { world in
            let made = try await world.make("POST", "/domains", ["domain": ["name": "corp"]])
            let domain = made["domain"]?["id"]?.string ?? ""
            try await world.make("PUT", "/domains/\(domain)/config", tree.options(others))
            try await body(world, tree, domain)
        }
    }

    /// The status of a login by name in domain `corp`, and the token.
    func directoryLogin(
        _ name: String, _ password: String, project: String? = nil
    ) async throws -> (status: Int, token: String) {
        var auth: JSONObject = [
            "identity": [
                "methods": ["password"],
                "password": [
                    "user": ["name": .string(name), "domain": ["name": "corp"], "password": .string(password)]
                ],
            ]
        ]
        if let project { auth["scope"] = ["project": ["id": .string(project)]] }
        let answer = try await call("POST", "/auth/tokens", ["auth": .object(auth)], token: "")
        return (answer.status, answer.headers[.subjectToken] ?? "")
    }

    func ids(_ path: String, _ collection: String) async throws -> [String: String] {
        let found = try await make("GET", path)[collection]?.array ?? []
        return Dictionary(
            found.map { ($0["name"]?.string ?? "", $0["id"]?.string ?? "") }, uniquingKeysWith: { first, _ in first })
    }
}
