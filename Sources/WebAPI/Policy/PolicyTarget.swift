public import Core

/// What a policy check is about.
public enum PolicyTarget: Sendable {
    /// The caller's own project and user. Looked up when a check asks, which most do not.
    case own(RequestContext)
    case given([String: String?])

    /// nil for what the target does not have, a nil value for what it has none for.
    func value(_ name: String) -> String?? {
        switch self {
        case .given(let values): values[name]
        case .own(let context):
            switch name {
            case "project_id": .some(context.projectID?.rawValue)
            case "user_id": .some(context.userID?.rawValue)
            default: .none
            }
        }
    }
}

extension PolicyTarget: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String?)...) {
        self = .given(Dictionary(elements) { _, last in last })
    }
}
