import Core

/// What became of a Keystone's rows, kind by kind.
package struct ImportReport: Sendable {
    package struct Count: Sendable {
        package var found = 0
        /// There already, from an earlier run.
        package var present = 0
        package var imported = 0
        /// Why rows were left out, and how many.
        package private(set) var left: [String: Int] = [:]
        /// The keys of the first of those rows in the Keystone's table.
        package private(set) var leftKeys: [String: [String]] = [:]

        private static let mostKeys = 10

        mutating func leave(_ key: String, _ reason: String) {
            left[reason, default: 0] += 1
            leftKeys[reason] = Array(((leftKeys[reason] ?? []) + [key]).prefix(Self.mostKeys))
        }

        mutating func add(_ other: Count) {
            found += other.found
            present += other.present
            imported += other.imported
            left.merge(other.left, uniquingKeysWith: +)
            leftKeys.merge(other.leftKeys) { Array(($0 + $1).prefix(Self.mostKeys)) }
        }

        fileprivate var text: String {
            var text = "\(found) found, \(imported) imported"
            if present > 0 { text += ", \(present) there already" }
            for (reason, number) in left.sorted(by: { $0.key < $1.key }) {
                let keys = leftKeys[reason] ?? []
                let rest = number > keys.count ? ", ..." : ""
                text += ", \(number) left out (\(reason): \(keys.joined(separator: ", "))\(rest))"
            }
            return text
        }
    }

    package private(set) var kinds: [(name: String, count: Count)] = []

    /// Adds to what there is of the kind.
    mutating func add(_ name: String, _ count: Count) {
        if let index = kinds.firstIndex(where: { $0.name == name }) {
            kinds[index].count.add(count)
        } else {
            kinds.append((name, count))
        }
    }

    package subscript(name: String) -> Count { kinds.first { $0.name == name }?.count ?? Count() }

    /// One line a kind.
    package var text: String {
        kinds.filter { $0.count.found > 0 }.map { "\($0.name): \($0.count.text)" }.joined(separator: "\n")
    }
}
