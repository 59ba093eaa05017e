// swift-tools-version: 6.2
import PackageDescription

/// One settings array for every Swift target: strict concurrency, explicit imports, no warnings.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// Tests whose cases are text files in the folder `Cases`.
func suite(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: ["Cases"], swiftSettings: settings)
}

let package = Package(
    name: "sluice",
    products: [.executable(name: "sluice", targets: ["sluice"])],
    traits: [
        .trait(name: "Checks", description: "edge verifiers and fault points, for tests")
    ],
    targets: [
        // C libraries of the system, and small shims.
        .systemLibrary(name: "CSQLite", path: "Sources/CSQLite"),
        .systemLibrary(name: "Cutf8proc", path: "Sources/Cutf8proc"),
        .target(name: "CCompression", linkerSettings: [.linkedLibrary("z"), .linkedLibrary("zstd")]),
        .target(name: "CPCRE2", linkerSettings: [.linkedLibrary("pcre2-8")]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .systemLibrary(name: "Cuv", path: "Sources/Cuv"),
        .target(name: "CGSSAPI", linkerSettings: [.linkedLibrary("gssapi_krb5"), .linkedLibrary("krb5")]),
        .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),

        // L1 and what stands beside it.
        module("SluiceBase", ["Cutf8proc"]),
        module("SluiceSyntax", ["SluiceBase"]),
        module("SluiceSQLite", ["SluiceBase", "CSQLite"]),
        module("SluiceCommandLine", ["SluiceBase"]),

        // L2
        module("SluiceColumns", ["SluiceBase"]),

        // L3
        module("SluiceExpressions", ["SluiceBase", "SluiceColumns", "CPCRE2", "COpenSSL"]),
        module("SluiceConnect", ["SluiceBase", "SluiceColumns"], exclude: ["README.md"]),
        module("SluiceCatalog", ["SluiceBase", "SluiceColumns"]),

        module("SluiceNet", ["SluiceBase", "Cuv", "COpenSSL", "CGSSAPI"]),

        // L4
        module("SluiceHBaseClient", ["SluiceBase", "SluiceNet", "CCompression"], exclude: ["README.md"]),
        module("SluiceJobGraph", ["SluiceBase", "SluiceColumns", "SluiceExpressions", "SluiceConnect"]),
        module("SluiceState", ["SluiceBase", "SluiceColumns"], exclude: ["README.md"]),
        module("SluiceFormats", ["SluiceBase", "SluiceColumns", "SluiceConnect"]),
        module("SluiceTableStore", ["SluiceBase", "SluiceSQLite"]),
        module("SluiceLogStore", ["SluiceBase"], exclude: ["README.md"]),

        // L5
        module(
            "SluicePlanner",
            [
                "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceExpressions",
                "SluiceConnect", "SluiceJobGraph",
            ], exclude: ["README.md"]),
        module(
            "SluiceRuntime",
            [
                "SluiceBase", "SluiceColumns", "SluiceExpressions", "SluiceConnect", "SluiceJobGraph",
                "SluiceState",
            ], exclude: ["README.md"]),
        module(
            "SluiceFiles",
            ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceFormats", "CCompression"]),
        module(
            "SluiceHBase",
            [
                "SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceTableStore", "SluiceNet",
                "SluiceHBaseClient", "SluiceLogStore",
            ]),
        module("SluiceLog", ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceLogStore"]),
        module("SluiceBuiltins", ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceExpressions"]),
        module("SluiceCatalogStore", ["SluiceBase", "SluiceColumns", "SluiceCatalog", "SluiceSQLite"]),

        // L6 and up
        module(
            "SluiceEngine",
            [
                "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceCatalogStore",
                "SluiceExpressions", "SluiceConnect", "SluiceJobGraph", "SluiceState", "SluicePlanner",
                "SluiceRuntime", "SluiceFormats", "SluiceFiles", "SluiceHBase", "SluiceBuiltins",
                "SluiceTableStore", "SluiceSQLite", "SluiceLog", "SluiceLogStore",
            ]),
        module(
            "SluiceShell",
            [
                "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceExpressions",
                "SluiceConnect",
                "SluiceJobGraph", "SluicePlanner", "SluiceRuntime", "SluiceEngine", "SluiceCommandLine",
                "CReadline",
            ]),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "SluiceBase", "SluiceCatalog", "SluiceHBase", "SluiceLog", "SluicePlanner", "SluiceShell",
                "SluiceEngine",
                "SluiceCommandLine",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "sluice-bench",
            dependencies: [
                "SluiceBase", "SluiceColumns", "SluiceExpressions", "SluiceConnect", "SluiceFormats",
                "SluiceJobGraph", "SluiceRuntime", "SluiceFiles", "SluiceNet", "SluiceHBaseClient",
                "SluiceSyntax", "SluiceCatalog", "SluicePlanner", "SluiceEngine", "SluiceLogStore",
            ],
            swiftSettings: settings),

        // Tests
        .target(name: "SluiceScratch", path: "Tests/SluiceScratch", swiftSettings: settings),
        .target(
            name: "SluiceTestSupport",
            dependencies: [
                "SluiceScratch", "SluiceBase", "SluiceColumns", "SluiceExpressions", "SluiceConnect",
                "SluiceJobGraph",
                "SluiceRuntime", "SluiceSyntax", "SluiceCatalog", "SluicePlanner", "SluiceEngine",
            ],
            path: "Tests/SluiceTestSupport", swiftSettings: settings),
        .target(
            name: "SluiceHBaseFake", dependencies: ["SluiceBase", "SluiceNet", "CCompression"],
            path: "Tests/SluiceHBaseFake", swiftSettings: settings),
        tests("ArchitectureTests", []),
        tests("SluiceNetTests", ["SluiceBase", "SluiceNet", "COpenSSL", "CGSSAPI"]),
        tests(
            "SluiceHBaseClientTests", ["SluiceBase", "SluiceNet", "SluiceHBaseClient", "SluiceHBaseFake"]),
        tests(
            "HBaseClusterTests",
            [
                "SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceNet", "SluiceHBaseClient",
                "SluiceHBase", "SluiceHBaseFake", "SluiceTableStore", "SluiceTestSupport", "SluiceFiles",
                "SluiceFormats", "SluiceBuiltins",
            ]),
        tests("SluiceFormatsTests", ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceFormats"]),
        tests(
            "SluiceFilesTests",
            ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceFormats", "SluiceFiles", "CCompression"]),
        tests(
            "SluiceLogTests",
            [
                "SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceFormats", "SluiceLog",
                "SluiceLogStore",
                "SluiceTestSupport",
            ]),
        tests(
            "ConnectorConformanceTests",
            [
                "SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceExpressions", "SluiceFormats",
                "SluiceFiles",
                "SluiceBuiltins", "SluiceHBase", "SluiceTableStore", "SluiceHBaseFake", "SluiceNet",
                "SluiceHBaseClient", "SluiceLog", "SluiceLogStore", "SluiceJobGraph", "SluiceRuntime",
                "SluiceTestSupport",
            ]),
        tests("SluiceBuiltinsTests", ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceBuiltins"]),
        tests("SluiceBaseTests", ["SluiceBase"]),
        tests("SluiceExpressionsTests", ["SluiceBase", "SluiceColumns", "SluiceExpressions"]),
        tests("SluiceStateTests", ["SluiceBase", "SluiceColumns", "SluiceState"]),
        tests("GrammarTests", ["SluiceBase", "SluiceSyntax"]),
        suite("ParserGoldenTests", ["SluiceBase", "SluiceSyntax"]),
        tests("SluiceSyntaxTests", ["SluiceBase", "SluiceSyntax"]),
        tests("SluiceSQLiteTests", ["SluiceBase", "SluiceSQLite", "SluiceScratch"]),
        tests("SluiceTableStoreTests", ["SluiceBase", "SluiceTableStore", "SluiceScratch"]),
        tests("SluiceLogStoreTests", ["SluiceBase", "SluiceLogStore", "SluiceScratch"]),
        tests(
            "SluiceHBaseTests",
            [
                "SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceTableStore", "SluiceNet",
                "SluiceHBaseClient", "SluiceHBase", "SluiceScratch",
            ]),
        tests("SluiceCommandLineTests", ["SluiceCommandLine"]),
        tests("SluiceCatalogTests", ["SluiceBase", "SluiceColumns", "SluiceCatalog"]),
        tests(
            "SluiceCatalogStoreTests",
            ["SluiceBase", "SluiceColumns", "SluiceCatalog", "SluiceCatalogStore", "SluiceSQLite"]),
        tests(
            "SluiceRuntimeTests",
            [
                "SluiceBase", "SluiceColumns", "SluiceExpressions", "SluiceConnect", "SluiceJobGraph",
                "SluiceRuntime", "SluiceTestSupport",
            ]),
        tests(
            "SluiceShellTests",
            ["SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceShell"]),
        tests("ShellTests", ["SluiceTestSupport"]),
        tests(
            "SluiceEngineTests",
            [
                "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceCatalogStore",
                "SluiceEngine",
            ]),
        suite("SQLLogicTests", ["SluiceBase", "SluiceTestSupport"]),
        suite("StreamTests", ["SluiceBase", "SluiceTestSupport"]),
        suite("PlanTests", ["SluiceBase", "SluiceTestSupport"]),
        suite("ErrorGoldenTests", ["SluiceBase", "SluiceSyntax", "SluiceTestSupport"]),
        tests("ParityTests", ["SluiceBase", "SluiceTestSupport"]),
        tests(
            "ChangesTests",
            [
                "SluiceBase", "SluiceEngine", "SluiceJobGraph", "SluicePlanner", "SluiceRuntime",
                "SluiceSyntax", "SluiceTableStore", "SluiceTestSupport",
            ]),
        tests("SampleTests", ["SluiceBase", "SluiceSQLite", "SluiceShell", "SluiceTestSupport"]),
        tests(
            "RobustnessTests",
            [
                "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceExpressions",
                "SluicePlanner",
                "SluiceRuntime", "SluiceEngine",
            ]),
    ]
)
