import Core
import FoundationEssentials

extension FernetKeyFolder {
    /// All keys with their numbers.
    /// - Throws: `.unavailable` for a folder that is not set up.
    package func keySet() throws -> FernetKeySet {
        var keys: [Int: String] = [:]
        for number in try numbers() {
            keys[number] = String(decoding: try contents(of: file(number)), as: UTF8.self).filter { !$0.isWhitespace }
        }
        guard let set = FernetKeySet(text: FernetKeySet(keys: keys).text) else {
            // The folder may be a Keystone's, which `apus fernet setup` must not touch.
            throw ServiceError(
                .unavailable, "\(path) does not have a staged key (0) and a primary one, or has what is no key.")
        }
        return set
    }

    /// Makes the folder hold exactly these keys.
    ///
    /// The primary key first: whoever reads in between finds the staged key twice, never an older set with a newer
    /// staged key alone.
    package func replace(with set: FernetKeySet) throws {
        for (number, key) in set.keys.sorted(by: { $0.key > $1.key }) { try write(key, number: number) }
        for number in try numbers() where set.keys[number] == nil {
            try FileManager.default.removeItem(atPath: file(number))
        }
    }
}
