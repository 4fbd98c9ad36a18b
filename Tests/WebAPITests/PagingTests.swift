import Core
import Testing

@testable import WebAPI

struct PagingTests {
    private func paging(_ query: String) throws -> Paging {
        try Paging(
            QueryItems(parsing: query), sortKeys: ["name", "id"], defaultSort: [.init("id", .desc)], maxLimit: 100,
            sortStyle: .either)
    }

    @Test func limitsAreReadAndCut() throws {
        #expect(try paging("").limit == 100)
        #expect(try paging("limit=5").limit == 5)
        #expect(try paging("limit=5000").limit == 100)
        for bad in ["limit=-1", "limit=x", "limit="] {
            #expect(throws: ServiceError.self) { try paging(bad) }
        }
    }

    @Test func bothFormsOfSortingAreRead() throws {
        #expect(try paging("sort=name:asc,id").sort == [.init("name", .asc), .init("id", .asc)])
        #expect(
            try paging("sort_key=name&sort_dir=desc&sort_key=id").sort == [.init("name", .desc), .init("id", .desc)])
        #expect(try paging("sort_dir=asc").sort == [.init("id", .asc)])
        for bad in ["sort=password", "sort_key=name&sort_dir=up", "sort=name&sort_key=id"] {
            #expect(throws: ServiceError.self) { try paging(bad) }
        }
    }

    @Test func queriesAreDecodedAndEncodedAgain() {
        let items = QueryItems(parsing: "a=1%202+3&b=%25&a=x")
        #expect(items.all("a") == ["1 2 3", "x"])
        #expect(items.first("b") == "%")
        #expect(items.encoded(replacing: [("a", nil), ("marker", "m/n")]) == "b=%25&marker=m%2Fn")
    }
}
