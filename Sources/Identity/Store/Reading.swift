import Database

/// What a row is read for. Whoever reads one to write it again must hold its lock from then on: two changes of
/// different attributes at once would otherwise each write back what the other has just replaced.
package enum Reading: Sendable {
    /// To look at it.
    case plain
    /// To change it: whoever else does waits until this transaction ends, and then reads what it wrote.
    case toChange

    /// The end of the SELECT.
    var lock: SQL { self == .toChange ? " FOR UPDATE" : "" }
}
