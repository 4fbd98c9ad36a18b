import Core
import FoundationEssentials
import Testing

@Suite struct TimeTests {
    @Test func aTimeIsWrittenInEachServicesForm() {
        let date = Date(timeIntervalSince1970: 1_700_000_000.123456)
        #expect(date.iso8601 == "2023-11-14T22:13:20Z")
        #expect(date.iso8601Micro == "2023-11-14T22:13:20.123456")
        #expect(date.iso8601MicroZ == "2023-11-14T22:13:20.123456Z")
    }

    @Test(arguments: [
        ("2023-11-14T22:13:20Z", 1_700_000_000.0), ("2023-11-14T22:13:20", 1_700_000_000),
        ("2023-11-14T22:13:20.500000", 1_700_000_000.5), ("2023-11-14T23:13:20+01:00", 1_700_000_000),
        ("2023-11-14 20:13:20-0200", 1_700_000_000), ("1970-01-01", 0), ("2000-02-29T00:00:00Z", 951_782_400),
        ("1969-12-31T23:59:59Z", -1),
    ])
    func everyUsualFormIsRead(_ text: String, _ seconds: Double) {
        #expect(Date(iso8601: text)?.timeIntervalSince1970 == seconds)
    }

    @Test(arguments: [
        "", "2023", "2023-02-30", "2023-13-01", "2023-11-14T25:00:00", "2023-11-14T22:13:20X", "2023-11-14T22:13:20.",
        "2023-11-14T22", "2023-11-14T22:13:20+1",
    ])
    func whatIsNoTimeIsNil(_ text: String) {
        #expect(Date(iso8601: text) == nil)
    }

    @Test func everyDayOfFourCenturiesRoundTrips() {
        for day in stride(from: -60_000, to: 90_000, by: 7) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 12_345)
            #expect(CalendarTime(date).date == date)
        }
    }

    @Test func theClockTellsWholeMicroseconds() {
        let clock = WallClock { Date(timeIntervalSince1970: 1_700_000_000.123_456_7) }
        #expect(clock.now().microsecondsSince1970 == 1_700_000_000_123_456)
    }
}
