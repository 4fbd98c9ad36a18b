/// The known name that differs least from `name`, if it is near enough to be meant.
public func nearestName(to name: String, among known: some Collection<String>) -> String? {
    let limit = max(2, name.count / 3)
    let candidates = known.map { (name: $0, distance: editDistance(name, $0)) }
    return candidates.filter { $0.distance <= limit }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
}

/// How many characters must be inserted, removed or replaced to make one text the other.
func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let above = row[j + 1]
            row[j + 1] = a == b ? diagonal : min(diagonal, above, row[j]) + 1
            diagonal = above
        }
    }
    return row[right.count]
}
