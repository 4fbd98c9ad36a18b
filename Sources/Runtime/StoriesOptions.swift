public import Core

/// Where the daemon keeps what it did for requests, for `apus explain REQUEST-ID`.
public struct StoriesOptions: OptionGroup {
    public static let group = "stories"

    public let path: String
    public let maxSize: ByteCount

    public init(_ options: inout OptionReader) throws {
        path = try options.value(
            "path", default: "/var/lib/apus/stories", help: "Folder of the files; daemons of one machine share it.")
        maxSize = try options.value(
            "max_size", default: ByteCount(32 << 20), in: ByteCount(0)...ByteCount(1 << 40),
            help: "Bytes of all of this daemon's files; the oldest events make room. 0 keeps nothing.")
    }
}
