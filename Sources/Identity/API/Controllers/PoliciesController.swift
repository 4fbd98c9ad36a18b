import Core
import HTTPTypes
import WebAPI

/// `/v3/policies`: documents kept for others; this service's own policy is in its configuration.
struct PoliciesController {
    let policies: PolicyDocumentService

    var operations: [Operation] {
        typealias Rules = IdentityPolicies
        return [
            Operation(.get, "/policies", policy: Rules.listPolicies) { request in
                let found = try await policies.list(type: request.query.first("type"))
                let view = View(request)
                return view.collection("policies", found) { view.write($1, &$0) }
            },
            Operation(
                .post, "/policies", policy: Rules.createPolicy, body: IdentitySchemas.policy.create,
                success: .created
            ) { request in
                let body = try request.member("policy")
                let document = PolicyDocument(
                    id: policies.env.newID(), type: body["type"]?.string ?? "", blob: body["blob"]?.string ?? "",
                    extra: body.extra(without: View.policyKeys))
                try await policies.create(document, request.context)
                let view = View(request)
                return view.member("policy") { view.write(document, &$0) }
            },
            Operation(.get, "/policies/{policy_id}", policy: Rules.getPolicy) { request in
                let id: PolicyDocumentID = try request.id("policy_id")
                guard let document = try await policies.find(id) else { throw NotFound.policy(id) }
                let view = View(request)
                return view.member("policy") { view.write(document, &$0) }
            },
            Operation(
                .patch, "/policies/{policy_id}", policy: Rules.updatePolicy, body: IdentitySchemas.policy.update
            ) { request in
                let body = try request.member("policy")
                let document = try await policies.update(try request.id("policy_id"), request.context) { document in
                    if let type = body["type"]?.string { document.type = type }
                    if let blob = body["blob"]?.string { document.blob = blob }
                    document.extra.merge(body.extra(without: View.policyKeys)) { _, new in new }
                }
                let view = View(request)
                return view.member("policy") { view.write(document, &$0) }
            },
            Operation(.delete, "/policies/{policy_id}", policy: Rules.deletePolicy, success: .noContent) { request in
                try await policies.delete(try request.id("policy_id"), request.context)
                return .empty()
            },
        ]
    }
}

/// `/v3/OS-OAUTH1/consumers`.
struct ConsumersController {
    let consumers: ConsumerService
    private static let keys: Set<String> = ["id", "description", "secret", "links"]

    var operations: [Operation] {
        typealias Rules = IdentityPolicies
        return [
            Operation(.get, "/OS-OAUTH1/consumers", policy: Rules.listConsumers) { request in
                View(request).collection("consumers", try await consumers.list()) {
                    write($1, request, showsSecret: false, &$0)
                }
            },
            Operation(
                .post, "/OS-OAUTH1/consumers", policy: Rules.createConsumer, body: IdentitySchemas.consumer.create,
                success: .created
            ) { request in
                let body = try request.member("consumer")
                let consumer = try await consumers.create(
                    description: body["description"]?.string, extra: body.extra(without: Self.keys), request.context)
                return View(request).member("consumer") { write(consumer, request, showsSecret: true, &$0) }
            },
            Operation(.get, "/OS-OAUTH1/consumers/{consumer_id}", policy: Rules.getConsumer) { request in
                let id: ConsumerID = try request.id("consumer_id")
                guard let consumer = try await consumers.find(id) else { throw NotFound.error("consumer", id) }
                return View(request).member("consumer") { write(consumer, request, showsSecret: false, &$0) }
            },
            Operation(
                .patch, "/OS-OAUTH1/consumers/{consumer_id}", policy: Rules.updateConsumer,
                body: IdentitySchemas.consumer.update
            ) { request in
                let body = try request.member("consumer")
                guard body["secret"] == nil else {
                    throw ServiceError(.badRequest, "Cannot change consumer secret")
                }
                let consumer = try await consumers.update(try request.id("consumer_id"), request.context) { consumer in
                    if let description = body["description"] { consumer.description = description.string }
                    consumer.extra.merge(body.extra(without: Self.keys)) { _, new in new }
                }
                return View(request).member("consumer") { write(consumer, request, showsSecret: false, &$0) }
            },
            Operation(
                .delete, "/OS-OAUTH1/consumers/{consumer_id}", policy: Rules.deleteConsumer, success: .noContent
            ) { request in
                try await consumers.delete(try request.id("consumer_id"), request.context)
                return .empty()
            },
        ]
    }

    private func write(
        _ consumer: Consumer, _ request: APIRequest, showsSecret: Bool, _ json: inout JSONWriter
    ) {
        json.object {
            $0.field("id", consumer.id)
            $0.field("description", consumer.description)
            if showsSecret { $0.field("secret", consumer.secret) }
            $0.extra(consumer.extra, without: Self.keys)
            View(request).selfLink(&$0, "/OS-OAUTH1/consumers/\(consumer.id)")
        }
    }
}
