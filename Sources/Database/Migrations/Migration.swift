/// One numbered, forward-only change of a service's schema: one statement, safe to run twice
/// (`CREATE TABLE IF NOT EXISTS`, `ADD COLUMN IF NOT EXISTS`), since MariaDB commits each DDL by itself.
///
/// Once released it is never edited: its checksum is kept and compared.
public struct Migration: Sendable {
    public let number: Int
    public let name: String
    public let statement: SQL

    public init(_ number: Int, _ name: StaticString, _ statement: StaticString) {
        self.number = number
        self.name = name.description
        self.statement = SQL(stringLiteral: statement)
    }
}
