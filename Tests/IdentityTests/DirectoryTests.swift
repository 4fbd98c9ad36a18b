import Core
import Crypto
import FoundationEssentials
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

/// Domains whose users and groups are in LDAP, against a real server.
@Suite(.enabled(if: TestServices.isDatabaseAvailable && TestServices.isDirectoryAvailable))
struct DirectoryTests {
    @Test func aDirectorysUsersHaveTheIDsThatKeystoneGivesThem() async throws {
        try await APIWorld.withDirectory { world, _, domain in
            let users = try await world.ids("/users?domain_id=\(domain)", "users")
            #expect(users.keys.sorted() == ["ann", "bob"])
            let expected = SHA256.hash(data: Array("\(domain)userann".utf8))
            #expect(users["ann"] == expected.withUnsafeBytes { Hex.encode($0) })
            let ann = try await world.make("GET", "/users/\(users["ann"] ?? "")")["user"]
            #expect(ann?["email"] == "ann@example.org")
            #expect(ann?["enabled"] == true)
            #expect(ann?["domain_id"] == .string(domain))
            #expect(ann?["options"] == [:])
        }
    }

    @Test func listsAreNarrowedAndPaged() async throws {
        let names = ["ann", "anton", "bea", "cleo", "Dan"]
        try await APIWorld.withDirectory(["page_size": 2], users: names) { world, tree, domain in
            let path = "/users?domain_id=\(domain)"
            #expect(try await world.ids(path, "users").keys.sorted() == names.sorted())
            #expect(try await world.ids(path + "&name=bea", "users").keys.sorted() == ["bea"])
            #expect(try await world.ids(path + "&name__startswith=an", "users").keys.sorted() == ["ann", "anton"])
            #expect(try await world.ids(path + "&name__contains=AN", "users").isEmpty)
            let inexact = try await world.ids(path + "&name__icontains=AN", "users")
            #expect(inexact.keys.sorted() == ["Dan", "ann", "anton"])
            #expect(try await world.ids(path + "&name=*", "users").isEmpty)
            #expect(try await world.ids(path + "&name__contains=", "users").count == names.count)
            #expect(try await world.ids(path + "&enabled=false", "users").isEmpty)
            let first = try await world.ids(path + "&limit=3", "users")
            let last = first.values.sorted().last ?? ""
            let second = try await world.ids(path + "&limit=3&marker=\(last)", "users")
            #expect(first.count == 3 && second.count == 2)
            #expect(Set(first.keys).isDisjoint(with: second.keys))
            try tree.addGroup("staff", members: ["ann", "bea"])
            try tree.addGroup("chiefs", members: ["bea"])
            #expect(try await world.ids("/groups?domain_id=\(domain)", "groups").keys.sorted() == ["chiefs", "staff"])
        }
    }

    @Test func aPasswordIsCheckedByTheDirectory() async throws {
        try await APIWorld.withDirectory { world, tree, domain in
            #expect(try await world.directoryLogin("ann", "nna").status == 201)
            #expect(try await world.directoryLogin("ANN", "nna").status == 201)
            #expect(try await world.directoryLogin("ann", "bob").status == 401)
            #expect(try await world.directoryLogin("nobody", "nna").status == 401)
            try tree.set("userPassword", "other", of: tree.dn("ann"))
            #expect(try await world.directoryLogin("ann", "nna").status == 401)
            #expect(try await world.directoryLogin("ann", "other").status == 201)
            let ann = try await world.ids("/users?domain_id=\(domain)", "users")["ann"] ?? ""
            let byID = try await world.call("POST", "/auth/tokens", APIWorld.login(ann, "other"), token: "")
            #expect(byID.status == 201)
            let wrong = try await world.call("POST", "/auth/tokens", APIWorld.login(ann, "nna"), token: "")
            #expect(wrong.status == 401)
        }
    }

    /// SECURITY 31: a bind with a name and no password is an anonymous one, and succeeds.
    @Test func anEmptyPasswordIsNobodys() async throws {
        try await APIWorld.withDirectory { world, _, domain in
            #expect(try await world.directoryLogin("ann", "").status == 401)
            #expect(try await world.directoryLogin("ann", "\u{0}").status == 401)
            #expect(try await world.directoryLogin("ann", "nna\u{0}").status == 401)
            let ann = try await world.ids("/users?domain_id=\(domain)", "users")["ann"] ?? ""
            let byID = try await world.call("POST", "/auth/tokens", APIWorld.login(ann, ""), token: "")
            #expect(byID.status == 401)
            // The server would have let it in.
            let directory = try world.identity.env.directories.directory(of: DomainID(domain))
            try LDAPConnection(#require(directory).options.server).bind("cn=admin,dc=test", "")
        }
    }

    /// SECURITY 31: names are values, whatever they contain.
    @Test func aNameCannotChangeWhatIsAsked() async throws {
        let odd = ["o*d", "par(en)", "back\\slash", "com,ma", "plus+"]
        try await APIWorld.withDirectory(users: ["ann"] + odd) { world, _, domain async throws in
            for name in ["*", "a*", "ann)(uid=*", "ann)(|(uid=*", "*)(objectClass=*", "\\61nn", "ann\\", "(", "\u{0}"] {
                #expect(try await world.directoryLogin(name, "nna").status == 401, "\(name)")
            }
            for name in odd {
                let password = String(name.reversed())
                #expect(try await world.directoryLogin(name, password).status == 201, "\(name)")
            }
            #expect(try await world.ids("/users?domain_id=\(domain)&name=ann)(uid=*", "users").isEmpty)
        }
    }

    @Test func rolesOfADirectorysGroupsCount() async throws {
        try await APIWorld.withDirectory { world, tree, domain in
            try tree.addGroup("staff", members: ["ann"])
            let project = try await world.make("POST", "/projects", ["project": ["name": "p"]])["project"]?["id"]
            let path = "/projects/\(project?.string ?? "")"
            let staff = try await world.ids("/groups?domain_id=\(domain)", "groups")["staff"] ?? ""
            let member = try await world.identity.role("member").id
            try await world.make("PUT", "\(path)/groups/\(staff)/roles/\(member)")

            let login = try await world.directoryLogin("ann", "nna", project: project?.string)
            #expect(login.status == 201)
            #expect(try await world.directoryLogin("bob", "bob", project: project?.string).status == 401)
            let shown = try await world.call("GET", "/auth/tokens", headers: ["X-Subject-Token": login.token])
            let roles = shown.body["token"]?["roles"]?.array ?? []
            #expect(Set(roles.compactMap { $0["name"]?.string }) == ["member", "reader"])
            #expect(shown.body["token"]?["user"]?["domain"]?["id"] == .string(domain))

            let users = try await world.ids("/users?domain_id=\(domain)", "users")
            let (ann, bob) = (users["ann"] ?? "", users["bob"] ?? "")
            #expect(try await world.ids("/groups/\(staff)/users", "users") == ["ann": ann])
            #expect(try await world.ids("/users/\(ann)/groups", "groups") == ["staff": staff])
            #expect(try await world.status("GET", "/groups/\(staff)/users/\(ann)") == 204)
            #expect(try await world.status("GET", "/groups/\(staff)/users/\(bob)") == 404)
            #expect(try await world.ids("/users/\(ann)/projects", "projects").keys.sorted() == ["p"])

            // A role of the user's own, on a user who was never here before.
            try await world.make("PUT", "\(path)/users/\(bob)/roles/\(member)")
            #expect(try await world.directoryLogin("bob", "bob", project: project?.string).status == 201)
        }
    }

    @Test func whoeverLeavesAGroupLosesItsRolesWhenTheDirectoryIsAskedAgain() async throws {
        try await APIWorld.withDirectory { world, tree, domain in
            try tree.addGroup("staff", members: ["ann", "bob"])
            let project = try await world.make("POST", "/projects", ["project": ["name": "p"]])["project"]?["id"]
            let staff = try await world.ids("/groups?domain_id=\(domain)", "groups")["staff"] ?? ""
            let member = try await world.identity.role("member").id
            try await world.make("PUT", "/projects/\(project?.string ?? "")/groups/\(staff)/roles/\(member)")
            let token = try await world.directoryLogin("ann", "nna", project: project?.string).token
            #expect(try await world.identity.isValid(token))

            try tree.set("member", tree.dn("bob"), of: "cn=staff,ou=groups,\(tree.base)")
            let before = world.identity.announced.all.count
            world.identity.clock.advance(by: .seconds(61))
            #expect(try await world.identity.isValid(token) == false)
            #expect(world.identity.announced.all.count > before)
        }
    }

    /// SECURITY 21 and 31: disabled in the directory, gone from it, or in a disabled domain.
    @Test func whoeverIsDisabledOrGoneInTheDirectoryIsOut() async throws {
        try await APIWorld.withDirectory(users: ["ann", "bob", "cleo"]) { world, tree, domain in
            var tokens: [String: String] = [:]
            for (name, password) in [("ann", "nna"), ("bob", "bob"), ("cleo", "oelc")] {
                tokens[name] = try await world.directoryLogin(name, password).token
                #expect(try await world.identity.isValid(tokens[name] ?? ""))
            }
            let ids = try await world.ids("/users?domain_id=\(domain)", "users")
            try tree.set("employeeType", "FALSE", of: tree.dn("ann"))
            try tree.delete(tree.dn("bob"))
            #expect(try await world.directoryLogin("ann", "nna").status == 401)
            #expect(try await world.directoryLogin("bob", "bob").status == 401)
            world.identity.clock.advance(by: .seconds(61))
            #expect(try await world.identity.isValid(tokens["ann"] ?? "") == false)
            #expect(try await world.identity.isValid(tokens["bob"] ?? "") == false)
            #expect(try await world.identity.isValid(tokens["cleo"] ?? ""))
            #expect(try await world.status("GET", "/users/\(ids["bob"] ?? "")") == 404)

            // Enabled again, and another bob: tokens of before stay void.
            try tree.set("employeeType", "TRUE", of: tree.dn("ann"))
            world.identity.clock.advance(by: .seconds(61))
            #expect(try await world.directoryLogin("ann", "nna").status == 201)
            #expect(try await world.identity.isValid(tokens["ann"] ?? "") == false)

            try await world.make("PATCH", "/domains/\(domain)", ["domain": ["enabled": false]])
            #expect(try await world.identity.isValid(tokens["cleo"] ?? "") == false)
            #expect(try await world.directoryLogin("cleo", "oelc").status == 401)
            #expect(try await world.status("DELETE", "/domains/\(domain)") == 204)
        }
    }

    @Test func nothingIsWrittenToADirectory() async throws {
        try await APIWorld.withDirectory { world, tree, domain in
            try tree.addGroup("staff", members: ["ann"])
            let staff = try await world.ids("/groups?domain_id=\(domain)", "groups")["staff"] ?? ""
            let ann = try await world.ids("/users?domain_id=\(domain)", "users")["ann"] ?? ""
            let demo = try await world.identity.user("demo").id
            let inside: JSONValue = ["name": "x", "domain_id": .string(domain)]
            #expect(try await world.status("POST", "/users", ["user": inside]) == 403)
            #expect(try await world.status("POST", "/groups", ["group": inside]) == 403)
            #expect(try await world.status("PATCH", "/users/\(ann)", ["user": ["enabled": true]]) == 403)
            #expect(try await world.status("PATCH", "/groups/\(staff)", ["group": ["description": "x"]]) == 403)
            #expect(try await world.status("DELETE", "/users/\(ann)") == 403)
            #expect(try await world.status("DELETE", "/groups/\(staff)") == 403)
            #expect(try await world.status("PUT", "/groups/\(staff)/users/\(ann)") == 403)
            #expect(try await world.status("DELETE", "/groups/\(staff)/users/\(ann)") == 403)
            #expect(try await world.status("PUT", "/groups/\(staff)/users/\(demo)") == 403)
            let change: JSONValue = ["user": ["original_password": "nna", "password": "new"]]
            #expect(try await world.status("POST", "/users/\(ann)/password", change, token: "") == 403)
            let wrong: JSONValue = ["user": ["original_password": "x", "password": "new"]]
            #expect(try await world.status("POST", "/users/\(ann)/password", wrong, token: "") == 401)
        }
    }

    @Test func aDirectoryThatIsAwayIsToldOfAndTokensOutliveItForAWhile() async throws {
        try await APIWorld.withDirectory { world, _, domain in
            let token = try await world.directoryLogin("ann", "nna").token
            let away: JSONValue = ["config": ["ldap": ["url": "ldap://127.0.0.1:1"]]]
            try await world.make("PATCH", "/domains/\(domain)/config", away)
            #expect(try await world.directoryLogin("ann", "nna").status == 503)
            #expect(try await world.status("GET", "/users?domain_id=\(domain)") == 503)
            #expect(try await world.status("GET", "/users") == 200)
            world.identity.clock.advance(by: .seconds(300))
            #expect(try await world.identity.isValid(token))
            world.identity.clock.advance(by: .seconds(301))
            await #expect(throws: ServiceError.self) { try await world.identity.isValid(token) }
            #expect(try await world.status("GET", "/users", token: token) == 503)
        }
    }

    @Test func aServerThatDoesNotAnswerIsNotWaitedForLong() async throws {
        let silent = try SilentServer()
        defer { silent.close() }
        let url = JSONValue.string("ldap://127.0.0.1:\(silent.port)")
        try await APIWorld.withDirectory(["url": url, "connection_timeout": 1]) { world, _, _ async throws in
            let start = ContinuousClock.now
            #expect(try await world.directoryLogin("ann", "nna").status == 503)
            // Nobody else waits for it now.
            for _ in 0..<20 { #expect(try await world.directoryLogin("ann", "nna").status == 503) }
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    /// SECURITY 33: whoever cannot prove to be the directory is not asked.
    @Test(arguments: ["starttls", "ldaps"]) func theServersCertificateIsChecked(_ way: String) async throws {
        let folder = try #require(TestServices.directoryTLS)
        var options: [String: JSONValue] = ["tls_cacertfile": .string("\(folder)/ca.pem")]
        if way == "starttls" {
            options["use_tls"] = true
        } else {
            options["url"] = .string(TestServices.secureDirectoryURL ?? "")
        }
        let url = options["url"]?.string ?? TestServices.directoryURL ?? ""
        try await APIWorld.withDirectory(options) { world, _, domain in
            #expect(try await world.directoryLogin("ann", "nna").status == 201)
            let path = "/domains/\(domain)/config"
            let other = url.replacing("127.0.0.1", with: "localhost")
            try await world.make("PATCH", path, ["config": ["ldap": ["url": .string(other)]]])
            #expect(try await world.directoryLogin("ann", "nna").status == 503)
            let stranger: JSONObject = ["tls_cacertfile": .string("\(folder)/stranger.pem"), "url": .string(url)]
            try await world.make("PATCH", path, ["config": ["ldap": .object(stranger)]])
            #expect(try await world.directoryLogin("ann", "nna").status == 503)
            try await world.make("PATCH", path, ["config": ["ldap": ["tls_req_cert": "never"]]])
            #expect(try await world.directoryLogin("ann", "nna").status == 201)
        }
    }

    @Test func aDomainWithOptionsThatMakeNoDirectoryIsNotTakenForOneOfOurs() async throws {
        try await APIWorld.withDirectory(["query_scope": "everywhere"]) { world, _, domain async throws in
            #expect(try await world.directoryLogin("ann", "nna").status == 503)
            #expect(try await world.status("GET", "/users?domain_id=\(domain)") == 503)
            let inside: JSONValue = ["name": "x", "domain_id": .string(domain)]
            #expect(try await world.status("POST", "/users", ["user": inside]) == 403)
            #expect(try await world.status("DELETE", "/domains/\(domain)/config") == 204)
            #expect(try await world.status("POST", "/users", ["user": inside]) == 201)
        }
    }

    @Test func tokensEndWhenTheDomainLeavesItsDirectory() async throws {
        try await APIWorld.withDirectory { world, _, domain in
            let token = try await world.directoryLogin("ann", "nna").token
            try await world.make("DELETE", "/domains/\(domain)/config")
            world.identity.clock.advance(by: .seconds(61))
            #expect(try await world.identity.isValid(token) == false)
        }
    }
}
