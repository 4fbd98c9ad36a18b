import Core
import Testing

@testable import Identity

struct SignatureTests {
    // MARK: OAuth 1.0a

    /// The request of RFC 5849 §1.2, signed by Python.
    private func initiate(_ signature: String) throws -> OAuthSignedRequest {
        try #require(
            OAuthSignedRequest(
                method: "POST", url: "https://photos.example.net/initiate", query: [],
                header: """
                    OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", \
                    oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_nonce="wIjqoxSsfS", \
                    oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", oauth_signature="\(signature)"
                    """))
    }

    @Test func oauthSignaturesCoverTheWholeRequest() throws {
        let request = try initiate("t4%2F4YetzqWsZLmpovs0rq%2F%2B1d8g%3D")
        #expect(request.isSigned(consumerSecret: "kd94hf93k423kf44", tokenSecret: ""))
        #expect(!request.isSigned(consumerSecret: "kd94hf93k423kf45", tokenSecret: ""))
        #expect(!request.isSigned(consumerSecret: "kd94hf93k423kf44", tokenSecret: "x"))
        let other = try initiate("t4%2F4YetzqWsZLmpovs0rq%2F%2B1d8h%3D")
        #expect(!other.isSigned(consumerSecret: "kd94hf93k423kf44", tokenSecret: ""))
    }

    /// RFC 5849 §3.4.1.1, its body's parameters in the query.
    @Test func oauthParametersStandInOneOrder() throws {
        let request = try #require(
            OAuthSignedRequest(
                method: "post", url: "HTTP://EXAMPLE.COM:80/request",
                query: [
                    ("b5", "=%3D"), ("a3", "a"), ("c@", ""), ("a2", "r b"), ("c2", ""), ("a3", "2 q"),
                ],
                header: """
                    OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", \
                    oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", \
                    oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"
                    """))
        #expect(
            request.baseString == """
                POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c\
                %2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m\
                ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7
                """)
    }

    @Test func onlySignaturesWithASecretAreTaken() throws {
        for method in ["PLAINTEXT", "RSA-SHA1", ""] {
            let request = try #require(
                OAuthSignedRequest(
                    method: "POST", url: "http://a/", query: [],
                    header: "OAuth oauth_signature_method=\"\(method)\", oauth_signature=\"secret%26\""))
            #expect(!request.isSigned(consumerSecret: "secret", tokenSecret: ""))
        }
        #expect(OAuthSignedRequest(method: "POST", url: "http://a/", query: [], header: "Basic eA==") == nil)
        #expect(OAuthSignedRequest(method: "POST", url: "http://a/", query: [], header: nil) == nil)
    }

    // MARK: EC2

    private let secret = "89cb4ebc-4bd9-4c2d-b3fd-1b1b1b1b1b1b"

    private func signature(_ value: String, _ members: [String: JSONValue]) throws -> EC2Signature {
        try EC2Signature(.object(members.merging(["access": "access", "signature": .string(value)]) { _, new in new }))
    }

    /// What python-keystoneclient's `Ec2Signer` makes of the same requests.
    @Test func ec2SignaturesAreThoseOfKeystonesClient() throws {
        let time: JSONValue = "2026-11-21T17:00:00Z"
        let old = try signature(
            "z/69fJ4plNz6NKtc0uJLiUp/7Dw=",
            ["params": ["SignatureVersion": "0", "Timestamp": time, "Action": "x"]])
        let first = try signature(
            "kvkdyK/PnDVUiJLzRZQrZPLLSZo=",
            ["params": ["SignatureVersion": "1", "AWSAccessKeyId": "access", "Timestamp": time, "action": "x"]])
        let second = try signature(
            "Ay0fi2cyTg+mFTMigetRaTjauhX+RIt7LxNS5d8vkWA=",
            [
                "params": [
                    "SignatureVersion": "2", "AWSAccessKeyId": "access", "Timestamp": time,
                    "Action": "DescribeInstances", "Filter.1": "a b~c/é",
                ], "verb": "GET", "host": "cloud:8773", "path": "/services/Cloud",
            ])
        let fourth = try signature(
            "0db51f56e63dbbe4b2c7f21880593c630a9517b2b85727bc071107b11b6c5278",
            [
                "params": ["Action": "ListUsers", "Version": "2010-05-08"], "verb": "GET", "host": "cloud:8773",
                "path": "/",
                "headers": [
                    "Content-type": "application/x-www-form-urlencoded; charset=utf-8",
                    "X-Amz-Date": "20261121T170000Z", "Host": "cloud:8773",
                    "Authorization": """
                    AWS4-HMAC-SHA256 Credential=access/20261121/us-east-1/ec2/aws4_request, \
                    SignedHeaders=content-type;host;x-amz-date, Signature=ced6
                    """,
                ], "body_hash": "b6359072c78d70ebee1e81adcbab4f01bf2c23245fa365ef83fe8f1f955085e2",
            ])
        let fourthInQuery = try signature(
            "6edf4c1bf95a363a6fee3456d96679db690cc67f6f326f9e4ac08342487e21b2",
            [
                "params": [
                    "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "Action": "A", "X-Amz-Date": "20261121T170000Z",
                    "X-Amz-Credential": "access/20261121/us-east-1/ec2/aws4_request", "X-Amz-SignedHeaders": "host",
                ], "verb": "GET", "host": "cloud", "path": "/", "headers": ["host": "cloud"], "body_hash": "x",
            ])
        for request in [old, first, second, fourth, fourthInQuery] {
            #expect(try request.isSigned(with: secret))
            #expect(try !request.isSigned(with: secret + "x"))
            #expect(request.timestamp != nil)
        }
    }

    @Test func aws4TimesAreRead() {
        #expect(EC2TokenService.time("20261121T170000Z") == EC2TokenService.time("2026-11-21T17:00:00Z"))
        #expect(EC2TokenService.time("20261121T170000Z") != nil)
        #expect(EC2TokenService.time("yesterday") == nil)
    }
}
