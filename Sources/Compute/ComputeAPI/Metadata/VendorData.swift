import Core
import FoundationEssentials

/// The operator's own data for every guest.
enum VendorData {
    static func read(_ path: String?) throws -> JSONValue {
        guard let path else { return [:] }
        do {
            return try JSONValue.parse(Array(try Data(contentsOf: URL(filePath: path))))
        } catch {
            throw ConfigurationError("[metadata] vendor_data_file: \(path) is not a readable JSON file: \(error)")
        }
    }
}
