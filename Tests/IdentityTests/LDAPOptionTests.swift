import Core
import Testing

@testable import Identity

struct LDAPOptionTests {
    @Test func valuesInFiltersAreEscaped() {
        #expect(LDAPText.filterValue("a*(b)\\\u{0}ü") == "a\\2a\\28b\\29\\5c\\00ü")
    }

    @Test func valuesInNamesAreEscaped() {
        #expect(LDAPText.nameValue(" #a,b+c\"d\\e<f>g;h=i ") == "\\ #a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i\\ ")
        #expect(LDAPText.firstPart("uid=\(LDAPText.nameValue("a,b=c")),dc=test")?.value == "a,b=c")
    }

    @Test func namesOfOneEntryAreEqualHoweverTheyAreWritten() {
        #expect(LDAPText.canonical("UID=Ann, ou=People,dc=test") == LDAPText.canonical("uid=ann,OU=people,DC=test"))
        #expect(LDAPText.canonical("uid=a\\2cb,dc=test") == LDAPText.canonical("uid=a\\,b,dc=test"))
        #expect(LDAPText.canonical("uid=a,dc=test") != LDAPText.canonical("uid=a\\,dc=test"))
        #expect(LDAPText.firstPart("nonsense") == nil)
    }

    @Test func unsetOptionsAreKeystonesDefaults() throws {
        let options = try LDAPDomainOptions(["suffix": "dc=x"])
        #expect(options.server.urls == ["ldap://localhost"])
        #expect(options.users.base == "ou=Users,dc=x")
        #expect(options.groups.base == "ou=UserGroups,dc=x")
        #expect(options.users.idAttribute == "cn" && options.users.nameAttribute == "sn")
        #expect(options.scope == .one && options.server.certificateCheck == .demand)
        #expect(!options.server.followsReferrals)
    }

    @Test func valuesMayBeTextsAndSecretsStandInOthers() throws {
        let options = try LDAPDomainOptions([
            "url": "ldaps://a,ldaps://b/%(password)s", "password": "p", "user": "cn=a", "page_size": "7",
            "use_tls": "True", "user_attribute_ignore": "enabled, email",
        ])
        #expect(options.server.urls == ["ldaps://a", "ldaps://b/p"])
        #expect(options.pageSize == 7 && options.server.startsTLS)
        #expect(options.enabling.attribute == nil && options.mailAttribute == nil)
        #expect(options.login.name == "cn=a")
    }

    @Test func aNameWithoutAPasswordBindsAsNobody() throws {
        #expect(try LDAPDomainOptions(["user": "cn=a"]).login.name.isEmpty)
    }

    @Test(arguments: ["query_scope", "tls_req_cert", "use_tls", "page_size", "alias_dereferencing"])
    func valuesThatAreNoneAreRefused(_ name: String) {
        #expect(throws: ConfigurationError.self) { try LDAPDomainOptions([name: "nonsense"]) }
    }
}
