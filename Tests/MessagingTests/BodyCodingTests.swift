import Core
import FoundationEssentials
import Testing

@testable import Messaging

/// Older daemons write and read bodies with `JSONEncoder` and `JSONDecoder`.
@Suite struct BodyCodingTests {
    private struct Everything: Codable, Equatable {
        enum Choice: Codable, Equatable {
            case first(Int, name: String)
            case second
        }

        enum Word: String, Codable { case plain, fancy }

        var numbers: [Int] = [0, -1, .max, .min]
        var large = UInt64.max
        var small: [Int8] = [-128, 127]
        var fractions = [0.1, -1e-7, 1e300, 3]
        var float: Float = 1.5
        var isTrue = true
        var text = "a \"quoted\" \\ text\n\t\u{1} with / and \u{1F600} and ü"
        var empty = ""
        var missing: String?
        var date = Date(timeIntervalSinceReferenceDate: 123_456.789)
        var choices: [Choice] = [.first(1, name: "x"), .second]
        var word = Word.fancy
        var words: [String: [String]] = ["k": ["v", "w"], "": []]
        var byNumber: [Int: String] = [3: "three"]
        var nested: [[Int?]] = [[], [1, nil, 3]]
        var nothing = RPCNothing()
        var id = ServerID("5f2b6e7a")
        var tree: JSONValue = ["a": [nil, true, 4, 1.5, "s"], "b": [:]]
    }

    @Test func readsWhatItWrote() throws {
        let value = Everything()
        #expect(try BodyDecoder.decode(Everything.self, from: BodyEncoder.encode(value)) == value)
    }

    @Test func understandsFoundationsCodersAndIsUnderstoodByThem() throws {
        let value = Everything()
        #expect(try JSONDecoder().decode(Everything.self, from: Data(BodyEncoder.encode(value))) == value)
        #expect(try BodyDecoder.decode(Everything.self, from: Array(JSONEncoder().encode(value))) == value)
    }

    /// Every member set: one that is forgotten shows.
    private var context: RequestContext {
        get throws {
            var context = RequestContext(
                requestID: "req-1", globalRequestID: "req-2", userID: UserID("u"), userName: "ü \"x\"",
                projectID: ProjectID("p"), projectName: "pn", roles: ["a", "b"], serviceRoles: ["s"])
            context.userDomainID = DomainID("ud")
            context.userDomainName = "udn"
            context.projectDomainID = DomainID("pd")
            context.projectDomainName = "pdn"
            context.domainID = DomainID("d")
            context.domainName = "dn"
            context.systemScope = "all"
            context.deadline = Date(timeIntervalSinceReferenceDate: 817_000_000.25)
            context.traceparent = "00-1-2-03"
            context.remoteAddress = "::1"
            for member in Mirror(reflecting: context).children {
                _ = try #require(Mirror(reflecting: member.value).displayStyle != .optional || isSet(member.value))
            }
            return context
        }
    }

    private func isSet(_ value: Any) -> Bool { !Mirror(reflecting: value).children.isEmpty }

    /// As the two travelled before they were written by hand.
    private struct Envelope: Codable {
        var context: RequestContext
        var message: Everything
    }

    @Test func anEnvelopeIsWhatCodableMakesOfIt() throws {
        for context in [try context, RequestContext(requestID: "r")] {
            let bytes = try RPCCoding.encode(RPCEnvelope(context: context, message: Everything()))
            let read = try JSONDecoder().decode(Envelope.self, from: Data(bytes))
            #expect(read.context == context)
            #expect(read.message == Everything())
            let plain = try JSONEncoder().encode(Envelope(context: context, message: Everything()))
            let back = try RPCCoding.decode(RPCEnvelope<Everything>.self, from: Array(plain))
            #expect(back.context == context)
            #expect(back.message == Everything())
        }
    }

    @Test func anAnswerHoldsAReplyOrAnError() throws {
        let good = try RPCCoding.encode(RPCAnswer(reply: "x", error: nil))
        #expect(String(decoding: good, as: UTF8.self) == #"{"reply":"x"}"#)
        #expect(try RPCCoding.decode(RPCAnswer<String>.self, from: good).reply == "x")
        let failure = RPCFailure(code: "conflict", message: "busy", detail: nil)
        let bad = try RPCCoding.encode(RPCAnswer<String>(reply: nil, error: failure))
        let answer = try RPCCoding.decode(RPCAnswer<String>.self, from: bad)
        #expect(answer.error == failure && answer.reply == nil)
        let nothing = try RPCCoding.encode(RPCAnswer(reply: RPCNothing(), error: nil))
        #expect(try RPCCoding.decode(RPCAnswer<RPCNothing>.self, from: nothing).reply == RPCNothing())
    }

    @Test func membersMayComeInAnyOrderAndUnknownOnesAreSkipped() throws {
        struct Pair: Codable, Equatable {
            var first: Int
            var second: String?
        }
        let text = #" { "other" : {"first":[1,{"x":"}"}]} , "second" : "\u00e4\"" , "first" : 7e0 } "#
        #expect(try BodyDecoder.decode(Pair.self, from: Array(text.utf8)) == Pair(first: 7, second: "ä\""))
    }

    @Test(arguments: [
        "", "{", "[1,]", #"{"a":}"#, #"{"a" 1}"#, "tru", #""abc"#, #"{"a":1}x"#, "{\"a\":\"\n\"}", #"{"a":1e999}"#,
        #"{"a":"1"}"#, #"{"a":null}"#, #"{"b":1}"#, #"{"a":1.5}"#, #"{"a":--1}"#, "[]", "\u{1}",
    ])
    func whatIsNoMessageIsRefused(text: String) {
        struct One: Codable { var a: Int }
        #expect(throws: (any Error).self) { try BodyDecoder.decode(One.self, from: Array(text.utf8)) }
        #expect(throws: ServiceError.self) { try RPCCoding.decode(RPCEnvelope<One>.self, from: Array(text.utf8)) }
    }

    @Test func nestingHasALimit() {
        let deep = Array(repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: (any Error).self) { try BodyDecoder.decode([Int].self, from: deep) }
    }

    @Test func aNumberThatJSONCannotHoldIsRefused() {
        #expect(throws: EncodingError.self) { try BodyEncoder.encode([Double.infinity]) }
    }
}
