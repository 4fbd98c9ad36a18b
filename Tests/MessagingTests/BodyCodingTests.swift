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
            let bytes = try RPCCoding.encode(context, Everything())
            let read = try JSONDecoder().decode(Envelope.self, from: Data(bytes))
            #expect(read.context == context)
            #expect(read.message == Everything())
            let plain = try JSONEncoder().encode(Envelope(context: context, message: Everything()))
            let back = try RPCCoding.decode(Everything.self, from: Array(plain))
            #expect(back.context == context)
            #expect(back.message == Everything())
        }
    }

    @Test func anAnswerHoldsAReplyOrAnError() throws {
        let good = try RPCCoding.encode(reply: "x")
        #expect(String(decoding: good, as: UTF8.self) == #"{"reply":"x"}"#)
        #expect(try RPCCoding.decode(reply: String.self, from: good, of: "a") == "x")
        let nothing = try RPCCoding.encode(reply: RPCNothing())
        #expect(try RPCCoding.decode(reply: RPCNothing.self, from: nothing, of: "a") == RPCNothing())
        let bad = try RPCCoding.encode(RPCFailure(code: "conflict", message: "busy", detail: "d"))
        let failure = #expect(throws: ServiceError.self) {
            try RPCCoding.decode(reply: String.self, from: bad, of: "a")
        }
        #expect(failure?.code == .conflict && failure?.message == "busy" && failure?.detail == "d")
        for (text, code) in [("{}", ServiceError.Code.internal), (#"{"reply":1}"#, .badRequest), ("x", .badRequest)] {
            let failure = #expect(throws: ServiceError.self) {
                try RPCCoding.decode(reply: String.self, from: Array(text.utf8), of: "a")
            }
            #expect(failure?.code == code)
        }
    }

    /// The short way reads as the general one, and leaves to that what is not its own.
    @Test func fractionsAreReadAsTheyStand() throws {
        for text in ["0", "7", "0.1", "817000000.250000", "1817000000.123457", "0.000001", "1234567.123456789"] {
            #expect(DecimalFraction.value(Array(text.utf8)[...]) == Double(text), "\(text)")
        }
        for text in [
            "", ".", ".5", "5.", "-1", "1e3", "1.2.3", "9007199254740993", "0.0123456789", "1234567890123.12345",
        ] {
            #expect(DecimalFraction.value(Array(text.utf8)[...]) == nil, "\(text)")
        }
    }

    @Test func timesTravelToTheMicrosecond() throws {
        for seconds in [0, 0.000_001, 1.5, 817_000_000.25, 817_000_000.123_456, 1_817_000_000.999_999_7, -5.25, 1e30] {
            var context = RequestContext(requestID: "r")
            context.deadline = Date(timeIntervalSinceReferenceDate: seconds)
            let back = try RPCCoding.decode(RPCNothing.self, from: RPCCoding.encode(context, RPCNothing())).context
            let read = try #require(back.deadline?.timeIntervalSinceReferenceDate)
            #expect(abs(read - seconds) <= max(0.000_000_6, abs(seconds) * 1e-15), "\(seconds)")
        }
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
        #expect(throws: ServiceError.self) { try RPCCoding.decode(One.self, from: Array(text.utf8)) }
    }

    @Test func nestingHasALimit() {
        let deep = Array(repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: (any Error).self) { try BodyDecoder.decode([Int].self, from: deep) }
    }

    @Test func aNumberThatJSONCannotHoldIsRefused() {
        #expect(throws: EncodingError.self) { try BodyEncoder.encode([Double.infinity]) }
    }
}
