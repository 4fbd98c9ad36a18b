import Core
import FoundationEssentials

/// Makes checks, all at once.
package struct Examination: Sendable {
    package var checks: [any DoctorCheck]
    /// Work in progress looks like a difference for a moment, so what differs is looked at again.
    package var looks = 3
    package var pause: Duration = .seconds(1)
    /// For one look of one check.
    package var deadline: Duration = .seconds(12)

    package init(_ checks: [any DoctorCheck]) { self.checks = checks }

    package func run(_ cloud: Cloud) async -> Report {
        let start = cloud.clock.now()
        let results = await withTaskGroup(of: (Int, Report.Entry).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await examine(check, cloud)) }
            }
            var entries: [(Int, Report.Entry)] = []
            for await entry in group { entries.append(entry) }
            return entries.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return Report(time: start, seconds: cloud.clock.now().timeIntervalSince(start), entries: results)
    }

    /// Looks until a look finds nothing that may still be work in progress, three times at most. Only what
    /// every look found is a finding.
    private func examine(_ check: any DoctorCheck, _ cloud: Cloud) async -> Report.Entry {
        let start = ContinuousClock.now
        var result = await look(check, cloud)
        for _ in 1..<max(looks, 1) {
            guard case .findings(let before) = result, before.contains(where: { !$0.isSettled && $0.rank != .note })
            else { break }
            do {
                try await Task.sleep(for: pause)
            } catch {
                break
            }
            let keys = Set(before.map(\.key))
            result = await look(check, cloud)
            if case .findings(let now) = result { result = .findings(now.filter { keys.contains($0.key) }) }
        }
        return Report.Entry(check: check.name, result: result, seconds: (ContinuousClock.now - start).seconds)
    }

    private func look(_ check: any DoctorCheck, _ cloud: Cloud) async -> Report.Result {
        do {
            return .findings(try await withDeadline(deadline) { try await check.run(cloud) })
        } catch let skipped as CheckSkipped {
            return .skipped(skipped.reason)
        } catch let failed as CheckFailed {
            return .failed(failed.reason)
        } catch let error as ServiceError {
            return .failed([error.message, error.detail].compactMap(\.self).joined(separator: " "))
        } catch {
            return .failed("\(error)")
        }
    }
}
