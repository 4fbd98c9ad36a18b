/// Rows under headings, each column as wide as its widest cell.
package struct Table {
    package let headings: [String]
    package var rows: [[String]] = []

    package init(_ headings: String...) { self.headings = headings }
    package init(_ headings: [String]) { self.headings = headings }

    package var text: String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line +=
                    column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return line
        }.joined(separator: "\n")
    }
}
