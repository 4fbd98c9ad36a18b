import Core
import FoundationEssentials

/// Where the cloud is and who its administrator is: from OS_* variables, or a cloud of clouds.yaml.
struct CloudLogin: Sendable {
    var authURL: String
    var username: String
    var password: String
    var project: String
    var domain: String

    init(cloud: String?, environment: [String: String]) throws {
        if let name = cloud ?? environment["OS_CLOUD"] {
            self = try Self.fromFile(name, environment)
            return
        }
        guard let url = environment["OS_AUTH_URL"], let user = environment["OS_USERNAME"],
            let password = environment["OS_PASSWORD"]
        else {
            throw ConfigurationError(
                "no cloud: source devstack/openrc admin admin, set OS_AUTH_URL, OS_USERNAME and OS_PASSWORD, or give --cloud"
            )
        }
        self.init(
            authURL: url, username: user, password: password,
            project: environment["OS_PROJECT_NAME"] ?? "admin",
            domain: environment["OS_USER_DOMAIN_ID"] ?? "default")
    }

    private init(authURL: String, username: String, password: String, project: String, domain: String) {
        self.authURL = authURL
        self.username = username
        self.password = password
        self.project = project
        self.domain = domain
    }

    private static func fromFile(_ name: String, _ environment: [String: String]) throws -> CloudLogin {
        let home = environment["HOME"] ?? "/root"
        let paths = [
            environment["OS_CLIENT_CONFIG_FILE"], "clouds.yaml", "\(home)/.config/openstack/clouds.yaml",
            "/etc/openstack/clouds.yaml", "/var/lib/apus/stack/clouds.yaml",
        ].compactMap(\.self)
        for path in paths {
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let auth = section(String(decoding: data, as: UTF8.self), name)
            guard let url = auth["auth_url"], let user = auth["username"], let password = auth["password"] else {
                continue
            }
            return CloudLogin(
                authURL: url, username: user, password: password, project: auth["project_name"] ?? "admin",
                domain: auth["user_domain_id"] ?? "default")
        }
        throw ConfigurationError("no cloud \(name) with a password in \(paths.joined(separator: ", "))")
    }

    /// The scalars of one cloud, whatever their depth: enough of YAML for what `clouds.yaml` holds.
    private static func section(_ text: String, _ cloud: String) -> [String: String] {
        var values: [String: String] = [:]
        var depth: Int?
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let halves = line.split(separator: ":", maxSplits: 1)
            guard let key = halves.first?.trimmed else { continue }
            let value = halves.count > 1 ? halves[1].trimmed.filter { $0 != "\"" && $0 != "'" } : ""
            if let start = depth {
                if indent <= start { depth = nil } else if !value.isEmpty { values[key] = value }
            }
            if depth == nil, key == cloud, value.isEmpty, indent > 0 { depth = indent }
        }
        return values
    }
}
