import ComputeModel
import Core
import HTTPTypes
import WebAPI

/// `/servers/{id}/ips`.
struct ServerAddressesController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, "/servers/{id}/ips") { [self] request in
                let server = try await env.server(request, ComputePolicy.addresses)
                return .json { json in
                    json.object {
                        $0.field("addresses") {
                            AddressesView.write(&$0, server.networkInfo, isExtended: false)
                        }
                    }
                }
            },
            Operation(.get, "/servers/{id}/ips/{network}") { [self] request in
                let server = try await env.server(request, ComputePolicy.addressesShow)
                let network = try request.parameter("network")
                guard server.networkInfo.contains(where: { $0.networkName == network }) else {
                    throw ServiceError(.notFound, "Instance is not a member of specified network")
                }
                return .json { json in
                    json.object {
                        $0.field(network) {
                            AddressesView.write(&$0, server.networkInfo, network: network, isExtended: false)
                        }
                    }
                }
            },
        ]
    }
}
