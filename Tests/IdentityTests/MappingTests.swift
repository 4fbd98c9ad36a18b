import Core
import Testing

@testable import Identity

struct MappingTests {
    private func identity(
        _ rules: JSONValue, _ assertion: [String: String], version: String = "1.0"
    ) throws -> MappedIdentity {
        try MappingRules(Mapping(id: MappingID("m"), rules: rules, schemaVersion: version)).identity(of: assertion)
    }

    @Test func attributesFillTheLocalSide() throws {
        let rules: JSONValue = [
            [
                "local": [
                    ["user": ["name": "{0} {1}", "email": "{2}"]], ["group": ["id": "0cd5e9"]],
                ],
                "remote": [
                    ["type": "FirstName"], ["type": "LastName"], ["type": "Email"],
                    ["type": "orgPersonType", "not_any_of": ["Contractor", "Guest"]],
                ],
            ]
        ]
        let person = ["FirstName": "Bob", "LastName": "Thompson", "Email": "bob@example.com"]
        let found = try identity(rules, person.merging(["orgPersonType": "Tester"]) { $1 })
        #expect(found.userName == "Bob Thompson")
        #expect(found.email == "bob@example.com")
        #expect(found.groupIDs == ["0cd5e9"])
        #expect(throws: MappingFailure.self) {
            try identity(rules, person.merging(["orgPersonType": "Employee;Guest"]) { $1 })
        }
        #expect(throws: MappingFailure.self) { try identity(rules, person) }
    }

    @Test func conditionsMatchWholeValuesOrExpressions() throws {
        func rules(_ condition: JSONValue) -> JSONValue {
            [["local": [["user": ["name": "u"]]], "remote": [condition]]]
        }
        let plain = rules(["type": "t", "any_one_of": ["Cust"]])
        #expect(throws: MappingFailure.self) { try identity(plain, ["t": "Customer"]) }
        let expression = rules(["type": "t", "any_one_of": ["^Cust.*r$"], "regex": true])
        #expect(try identity(expression, ["t": "Other;Customer"]).userName == "u")
        let not = rules(["type": "t", "not_any_of": ["^Cust"], "regex": true])
        #expect(throws: MappingFailure.self) { try identity(not, ["t": "Customer"]) }
        #expect(throws: MappingFailure.self) {
            try identity(rules(["type": "t", "any_one_of": ["("], "regex": true]), ["t": "x"])
        }
    }

    @Test func listsOfGroupsAreFiltered() throws {
        func rules(_ list: String) -> JSONValue {
            [
                [
                    "local": [["user": ["name": "{0}"]], ["groups": "{1}", "domain": ["name": "Default"]]],
                    "remote": [["type": "user"], ["type": "groups", list: ["a", "b"]]],
                ]
            ]
        }
        let assertion = ["user": "u", "groups": "a;c;d'"]
        #expect(try identity(rules("whitelist"), assertion).groups.map(\.name) == ["a"])
        let others = try identity(rules("blacklist"), assertion).groups
        #expect(others.map(\.name) == ["c", "d'"])
        #expect(others.allSatisfy { $0.domain == MappedIdentity.Reference(name: "Default") })
    }

    @Test func groupsHaveDomains() throws {
        let remote: JSONValue = [["type": "g"]]
        let none: JSONValue = [["local": [["user": ["name": "u"]], ["groups": "{0}"]], "remote": remote]]
        #expect(throws: MappingFailure.self) { try identity(none, ["g": "a"]) }
        let own = try identity(none, ["g": #"JSON:{"name": "a", "domain": {"id": "d"}}"#])
        #expect(own.groups == [MappedIdentity.NamedGroup(name: "a", domain: MappedIdentity.Reference(id: "d"))])
        let ids: JSONValue = [["local": [["user": ["name": "u"]], ["group_ids": "{0}"]], "remote": remote]]
        #expect(try identity(ids, ["g": "x;y"]).groupIDs == ["x", "y"])
        #expect(try identity(ids, ["g": "['x', \"y\"]"]).groupIDs == ["x", "y"])
    }

    @Test func theFirstUserIsTheUser() throws {
        let rules: JSONValue = [
            ["local": [["user": ["name": "{0}"]]], "remote": [["type": "name"]]],
            ["local": [["user": ["name": "admin", "type": "local"]]], "remote": [["type": "name"]]],
        ]
        let found = try identity(rules, ["name": "bob"])
        #expect(found.userName == "bob")
        #expect(!found.isLocal)
    }

    @Test func projectsTakeTheMappingsDomainFromItsSecondVersionOn() throws {
        let rules: JSONValue = [
            [
                "local": [
                    [
                        "user": ["name": "u"], "domain": ["id": "d"],
                        "projects": [
                            ["name": "p {0}", "roles": [["name": "member"]]],
                            ["name": "q", "domain": ["name": "other"], "roles": []],
                        ],
                    ]
                ], "remote": [["type": "t"]],
            ]
        ]
        let first = try identity(rules, ["t": "1"])
        #expect(first.projects.map(\.domain) == [nil, MappedIdentity.Reference(name: "other")])
        #expect(first.userDomain == nil)
        let second = try identity(rules, ["t": "1"], version: "2.0")
        #expect(second.projects[0].name == "p 1")
        #expect(second.projects[0].domain == MappedIdentity.Reference(id: "d"))
        #expect(second.userDomain == MappedIdentity.Reference(id: "d"))
    }

    @Test func projectsCanComeAsJSONFromItsThirdVersionOn() throws {
        let rules: JSONValue = [
            [
                "local": [["user": ["name": "u"], "projects_json": "{0}"]], "remote": [["type": "projects"]],
            ]
        ]
        let text = #"[{"name": "p", "domain": {"id": "d"}, "roles": [{"name": "reader"}]}]"#
        let found = try identity(rules, ["projects": text], version: "3.0")
        #expect(found.projects.map(\.name) == ["p"])
        #expect(found.projects.map(\.roles) == [["reader"]])
        #expect(throws: MappingFailure.self) { try identity(rules, ["projects": "no JSON"], version: "3.0") }
    }

    @Test func textsSayWhichValueTheyLack() {
        #expect(throws: MappingFailure.self) { try MappingTemplate.fill("{1}", with: [["a"]]) }
        #expect(throws: MappingFailure.self) { try MappingTemplate.fill("x {y}", with: [["a"]]) }
        #expect(throws: MappingFailure.self) { try MappingTemplate.fill("x }", with: [["a"]]) }
    }
}
