import Core

/// What became of a Keystone's rows, kind by kind.
package struct ImportReport: Sendable {
    package struct Count: Sendable {
        package var found = 0
        /// There already, from an earlier run.
        package var present = 0
        package var imported = 0
        /// Why rows were left out, and how many.
        package var left: [String: Int] = [:]

        mutating func add(_ other: Count) {
            found += other.found
            present += other.present
            imported += other.imported
            left.merge(other.left, uniquingKeysWith: +)
        }
    }

    package private(set) var kinds: [(name: String, count: Count)] = []

    mutating func add(_ name: String, _ count: Count) { kinds.append((name, count)) }

    package subscript(name: String) -> Count { kinds.first { $0.name == name }?.count ?? Count() }

    /// One line a kind.
    package var text: String {
        kinds.filter { $0.count.found > 0 }.map { name, count in
            var line = "\(name): \(count.found) found, \(count.imported) imported"
            if count.present > 0 { line += ", \(count.present) there already" }
            for (reason, number) in count.left.sorted(by: { $0.key < $1.key }) {
                line += ", \(number) left out (\(reason))"
            }
            return line
        }.joined(separator: "\n")
    }
}
