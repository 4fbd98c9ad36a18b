package import Core
import FoundationEssentials

/// Makes the repairs that a report proposes, one after the other, each journaled before and after.
package struct RepairRun: Sendable {
    package let journal: RepairJournal
    /// Who asks for it.
    package let by: String
    package var ids: IDGenerator = .random
    package var deadline: Duration = .seconds(30)

    package init(journal: RepairJournal, by: String) {
        self.journal = journal
        self.by = by
    }

    /// What would be done.
    package func proposals(_ report: Report, _ cloud: Cloud) -> [RepairEntry] {
        report.ranked.compactMap { check, finding in
            finding.repair.map {
                RepairEntry(
                    id: ids.uuid(), time: cloud.clock.now(), by: by, check: check, finding: finding, repair: $0,
                    result: .proposed)
            }
        }
    }

    /// - Throws: when the journal cannot be written: nothing more is repaired then.
    package func repair(_ report: Report, _ cloud: Cloud) async throws -> [RepairEntry] {
        var entries: [RepairEntry] = []
        for (check, finding) in report.ranked {
            guard let repair = finding.repair else { continue }
            var entry = RepairEntry(
                id: ids.uuid(), time: cloud.clock.now(), by: by, check: check, finding: finding, repair: repair,
                result: .begun)
            try journal.store(entry)
            (entry.result, entry.message) = await apply(repair, cloud)
            entry.finished = cloud.clock.now().iso8601
            try journal.store(entry)
            entries.append(entry)
        }
        return entries
    }

    private func apply(_ repair: Repair, _ cloud: Cloud) async -> (RepairEntry.Result, String) {
        do {
            switch try await withDeadline(deadline, { try await repair.apply(cloud) }) {
            case .done(let message): return (.done, message)
            case .refused(let reason): return (.refused, reason)
            }
        } catch let failed as CheckFailed {
            return (.failed, failed.reason)
        } catch let skipped as CheckSkipped {
            return (.failed, skipped.reason)
        } catch let error as ServiceError {
            return (.failed, [error.message, error.detail].compactMap(\.self).joined(separator: " "))
        } catch {
            return (.failed, "\(error)")
        }
    }
}
