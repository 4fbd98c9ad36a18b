import AsyncHTTPClient
import Core
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// One GET, for what an operator wants of it.
struct HTTPProbe: Sendable {
    let status: Int
    let body: [UInt8]
    /// What the answerer's clock said, to the second, and how far ours may have been at that moment.
    let date: Date?
    let sent: Date
    let received: Date

    /// - Throws: `CheckFailed` when nobody answers in time.
    static func get(_ url: String, _ clock: WallClock, within limit: TimeAmount = .seconds(8)) async throws -> HTTPProbe
    {
        do {
            let sent = clock.now()
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: limit)
            let received = clock.now()
            let body = try await response.body.collect(upTo: 1 << 20)
            return HTTPProbe(
                status: Int(response.status.code), body: Array(body.readableBytesView),
                date: response.headers.first(name: "date").flatMap(httpDate), sent: sent, received: received)
        } catch {
            throw CheckFailed(reason: "no answer at \(url): \(error)")
        }
    }

    /// `Sat, 21 Nov 2026 10:42:00 GMT` (RFC 9110 5.6.7).
    static func httpDate(_ text: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
            let year = Int(words[3])
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (1970...9999).contains(year), (1...31).contains(day) else { return nil }
        // Days from the civil date: the year is made to begin in March.
        let shifted = month + 1 <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 1) + (month + 1 > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return Date(timeIntervalSince1970: Double(days * 86400 + time[0] * 3600 + time[1] * 60 + time[2]))
    }
}
