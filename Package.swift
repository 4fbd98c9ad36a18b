// swift-tools-version: 6.1
import PackageDescription

// Target dependencies are the architecture: what a layer must not do, its target cannot import.
// docs/architecture.md explains the picture.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

/// A Swift library of ours.
func module(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", swiftSettings: strict)
}

/// A C library's shim: a flat API over handles and plain structs, nothing else.
func shim(_ name: String, links libraries: [String]) -> Target {
    .target(name: name, path: "Sources/\(name)", linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// A daemon's executable: reads its options, builds its services, runs them.
func daemon(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: ["Core", "Runtime"] + dependencies,
        path: "Sources/Daemons/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "apus",
    products: [
        .executable(name: "identity", targets: ["IdentityDaemon"]),
        .executable(name: "compute-api", targets: ["ComputeAPIDaemon"]),
        .executable(name: "conductor", targets: ["ConductorDaemon"]),
        .executable(name: "scheduler", targets: ["SchedulerDaemon"]),
        .executable(name: "compute-agent", targets: ["ComputeAgentDaemon"]),
        .executable(name: "image", targets: ["ImageDaemon"]),
        .executable(name: "block-storage", targets: ["BlockStorageDaemon"]),
        .executable(name: "network", targets: ["NetworkDaemon"]),
        .executable(name: "apus", targets: ["ApusTool"]),
        .executable(name: "apus-fuzz", targets: ["Fuzzer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        // C libraries
        shim("CMariaDB", links: ["mariadb"]),
        shim("CRabbitMQ", links: ["rabbitmq"]),
        shim("CMemcached", links: ["memcached"]),
        shim("CLDAP", links: ["ldap", "lber"]),
        shim("CLibvirt", links: ["virt"]),
        shim("CLinux", links: ["crypt"]),
        shim("CTasks", links: []),
        shim("CZlib", links: ["z"]),

        // Shared modules
        module("Core", ["CLinux", log]),
        module("Database", ["Core", "CMariaDB", log]),
        module("Messaging", ["Core", "CRabbitMQ", "CLinux", "CTasks", lifecycle, log]),
        module("Caching", ["Core", "CMemcached", crypto]),
        module("WebAPI", ["Core", hummingbird, hummingbirdTLS, httpTypes, nioCore, nioHTTP1, nioSSL, log]),
        module("IdentityClient", ["Core", "Caching", "Messaging", "WebAPI", httpClient, nioCore, nioSSL, crypto, log]),
        module("Workflow", ["Core", "Database", log]),
        module("Notifications", ["Core", "Database", "Messaging", "Workflow"]),
        module(
            "Runtime",
            ["Core", "CLinux", hummingbird, lifecycle, unixSignals, httpTypes, nioCore, nioPosix, log]),
        module("OVSDB", ["Core", nioCore, nioPosix, nioSSL, log]),

        // Services
        module(
            "Identity",
            [
                "Core", "Database", "Messaging", "Caching", "WebAPI", "Runtime", "IdentityClient", "Workflow",
                "Notifications", "CLDAP", "CLinux", crypto, cryptoExtras, httpTypes, nioCore, log,
            ]),
        module(
            "Image",
            [
                "Core", "Database", "Messaging", "Caching", "WebAPI", "Runtime", "IdentityClient", "Workflow", "CZlib",
                httpClient, crypto, nioCore, log,
            ]),
        module(
            "BlockStorage",
            [
                "Core", "Database", "Messaging", "Caching", "WebAPI", "Runtime", "IdentityClient", "Workflow",
                httpClient, httpTypes, crypto, nioCore, log,
            ]),
        module(
            "Network",
            [
                "Core", "Database", "Messaging", "Caching", "WebAPI", "Runtime", "IdentityClient", "Workflow", "OVSDB",
                crypto, httpTypes, log,
            ]),
        module("ComputeModel", ["Core", "Messaging"], path: "Sources/Compute/ComputeModel"),
        module(
            "ComputeStore", ["ComputeModel", "Core", "Database", "Workflow", crypto],
            path: "Sources/Compute/ComputeStore"),
        module(
            "ComputeAPI",
            [
                "ComputeModel", "ComputeStore", "SchedulerModel", "Core", "Database", "Messaging", "Caching", "WebAPI",
                "Runtime", "IdentityClient", "Workflow", "Notifications", crypto, cryptoExtras, nioCore, httpTypes,
                log,
            ],
            path: "Sources/Compute/ComputeAPI"),
        module(
            "Conductor",
            [
                "ComputeModel", "ComputeStore", "SchedulerModel", "Core", "Database", "Messaging", "Caching", "Runtime",
                "IdentityClient", "Workflow", "Notifications", log,
            ],
            path: "Sources/Compute/Conductor"),
        module("SchedulerModel", ["Core", "Messaging"], path: "Sources/Scheduler/SchedulerModel"),
        module(
            "Scheduler",
            [
                "SchedulerModel", "ComputeModel", "Core", "Database", "Messaging", "Caching", "WebAPI", "Runtime",
                "IdentityClient", "Workflow", log,
            ],
            path: "Sources/Scheduler/Scheduler"),
        module("Virt", ["Core", "ComputeModel", "CLibvirt", "CLinux", log], path: "Sources/Compute/Virt"),
        module(
            "ComputeAgent",
            [
                "ComputeModel", "Virt", "Core", "Messaging", "Caching", "Runtime", "IdentityClient", "WebAPI", "OVSDB",
                "CLinux", httpClient, crypto, nioCore, nioPosix, nioHTTP1, log,
            ],
            path: "Sources/Compute/ComputeAgent"),

        // Executables
        daemon("IdentityDaemon", ["Identity"]),
        daemon("ComputeAPIDaemon", ["ComputeAPI"]),
        daemon("ConductorDaemon", ["Conductor"]),
        daemon("SchedulerDaemon", ["Scheduler"]),
        daemon("ComputeAgentDaemon", ["ComputeAgent"]),
        daemon("ImageDaemon", ["Image"]),
        daemon("BlockStorageDaemon", ["BlockStorage"]),
        daemon("NetworkDaemon", ["Network"]),
        module(
            "Doctor",
            [
                "Core", "Runtime", "Database", "Messaging", "Caching", "Workflow", "Identity", "IdentityClient",
                "Image",
                "BlockStorage", "Network", "SchedulerModel", "OVSDB", "WebAPI", httpClient, nioCore, nioHTTP1, nioSSL,
                log,
            ],
            path: "Sources/Tools/Doctor"),
        module(
            "Stories",
            ["Core", "Database", "Workflow", "SchedulerModel", "ComputeModel", httpClient, nioCore, nioHTTP1],
            path: "Sources/Tools/Stories"),
        .executableTarget(
            name: "ApusTool",
            dependencies: [
                "Doctor", "Core", "Runtime", "Database", "Messaging", "Workflow", "Identity", "Image", "BlockStorage",
                "Network",
                "ComputeModel", "ComputeStore", "ComputeAPI", "Conductor", "Scheduler", "SchedulerModel",
                "ComputeAgent",
                "IdentityClient", "OVSDB", "Virt", "Stories", arguments, httpClient, nioCore, nioHTTP1, log,
            ],
            path: "Sources/Tools/ApusTool", swiftSettings: strict),
        .executableTarget(
            name: "Fuzzer",
            dependencies: [
                "Core", "Database", "Messaging", "Workflow", "WebAPI", "IdentityClient", "Identity", "Image",
                "BlockStorage",
                "Network", "ComputeAPI", "Scheduler", arguments, httpClient, httpTypes, nioCore, nioPosix, log,
            ],
            path: "Sources/Tools/Fuzzer", swiftSettings: strict),

        // Benchmarks: what our programs are measured against, and the caller of our RPC
        .executableTarget(
            name: "bench-pingpong", path: "Sources/Bench/PingPong", linkerSettings: [.linkedLibrary("rabbitmq")]),
        .executableTarget(name: "bench-bcrypt", dependencies: ["CLinux"], path: "Sources/Bench/Bcrypt"),
        .executableTarget(
            name: "bench-empty-server", dependencies: [hummingbird, log], path: "Sources/Bench/EmptyServer",
            swiftSettings: strict),
        .executableTarget(
            name: "bench-rpc", dependencies: ["Core", "Messaging", lifecycle, log], path: "Sources/Bench/RPCBench",
            swiftSettings: strict),

        // Tests
        module(
            "TestSupport",
            ["Core", "Database", "Messaging", "Caching", "WebAPI", "Workflow", httpTypes, lifecycle, nioCore, log]),
        tests("CoreTests", ["Core"]),
        tests("DatabaseTests", ["Database", "TestSupport"]),
        tests("MessagingTests", ["CTasks", "Messaging", "Caching", "TestSupport"]),
        tests(
            "WebAPITests",
            [
                "WebAPI", "IdentityClient", "TestSupport", hummingbird,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        tests("WorkflowTests", ["Workflow", "TestSupport"]),
        tests(
            "StoriesTests",
            [
                "Stories", "Identity", "Image", "BlockStorage", "Network", "ComputeStore", "Scheduler", "Workflow",
                "TestSupport", httpClient,
            ]),
        tests("OVSDBTests", ["OVSDB", "TestSupport"]),
        tests("IdentityTests", ["Identity", "Messaging", "Notifications", "Workflow", "TestSupport", httpTypes]),
        tests("ImageTests", ["Image", "TestSupport"]),
        tests("BlockStorageTests", ["BlockStorage", "TestSupport"]),
        tests("NetworkTests", ["Network", "OVSDB", "TestSupport"]),
        tests(
            "ComputeTests",
            [
                "ComputeModel", "ComputeStore", "ComputeAPI", "Conductor", "SchedulerModel", "IdentityClient",
                "Notifications", "TestSupport",
            ]),
        tests("SchedulerTests", ["Scheduler", "SchedulerModel", "TestSupport"]),
        tests("ComputeAgentTests", ["ComputeAgent", "Virt", "OVSDB", "TestSupport"]),
        tests(
            "ApusToolTests",
            [
                "Doctor", "Identity", "ComputeStore", "Scheduler", "SchedulerModel", "Network", "Image", "BlockStorage",
                "Messaging", "Workflow", "TestSupport",
            ]),
    ]
)
