package import Core
import WebAPI

/// The name that Neutron's API gives a fault: its exception's class.
struct NetworkFault: FaultNaming {
    let faultType: String
}

extension ServiceError {
    /// An error with Neutron's name for it.
    package static func network(
        _ code: Code, _ type: String, _ message: String, file: StaticString = #fileID, line: UInt = #line
    ) -> ServiceError {
        ServiceError(code, message, cause: NetworkFault(faultType: type), file: file, line: line)
    }

    package static func invalidInput(_ message: String) -> ServiceError {
        network(.badRequest, "InvalidInput", "Invalid input for operation: \(message).")
    }
}

/// What is looked up by id, with the words of its absence.
package enum NetworkObject: String, Sendable {
    case network, subnet, port, router, floatingip, subnetpool
    case securityGroup = "security_group"
    case securityGroupRule = "security_group_rule"
    case addressScope = "address_scope"
    case rbacPolicy = "rbac_policy"

    package func notFound(_ id: String) -> ServiceError {
        switch self {
        case .network: .network(.notFound, "NetworkNotFound", "Network \(id) could not be found.")
        case .subnet: .network(.notFound, "SubnetNotFound", "Subnet \(id) could not be found.")
        case .port: .network(.notFound, "PortNotFound", "Port \(id) could not be found.")
        case .router: .network(.notFound, "RouterNotFound", "Router \(id) could not be found")
        case .floatingip: .network(.notFound, "FloatingIPNotFound", "Floating IP \(id) could not be found")
        case .subnetpool: .network(.notFound, "SubnetPoolNotFound", "Subnet pool \(id) could not be found.")
        case .securityGroup: .network(.notFound, "SecurityGroupNotFound", "Security group \(id) does not exist")
        case .securityGroupRule:
            .network(.notFound, "SecurityGroupRuleNotFound", "Security group rule \(id) does not exist")
        case .addressScope: .network(.notFound, "AddressScopeNotFound", "Address scope \(id) could not be found.")
        case .rbacPolicy: .network(.notFound, "RbacPolicyNotFound", "RBAC policy \(id) could not be found.")
        }
    }
}
