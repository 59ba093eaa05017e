import Testing

/// Reads Package.swift and the import lines, and holds them against the layers of the design. It starts no second
/// package manager, which would wait for the lock of the build folder.
@Suite struct DependencyDirectionTests {
    /// Which targets a target may depend on. A new arrow is a decision: change this list with it.
    static let allowed: [String: Set<String>] = [
        "SluiceBase": ["Cutf8proc"],
        "SluiceSyntax": ["SluiceBase"],
        "SluiceSQLite": ["SluiceBase", "CSQLite"],
        "SluiceCommandLine": ["SluiceBase"],
        "SluiceColumns": ["SluiceBase"],
        "SluiceExpressions": ["SluiceBase", "SluiceColumns", "CPCRE2", "COpenSSL"],
        "SluiceConnect": ["SluiceBase", "SluiceColumns"],
        "SluiceCatalog": ["SluiceBase", "SluiceColumns"],
        "SluiceJobGraph": ["SluiceBase", "SluiceColumns", "SluiceExpressions", "SluiceConnect"],
        "SluiceState": ["SluiceBase", "SluiceColumns"],
        "SluiceFormats": ["SluiceBase", "SluiceColumns", "SluiceConnect"],
        "SluiceTableStore": ["SluiceBase", "SluiceSQLite"],
        "SluiceLogStore": ["SluiceBase"],
        "SluiceNet": ["SluiceBase", "Cuv", "COpenSSL", "CGSSAPI"],
        "SluiceHBaseClient": ["SluiceBase", "SluiceNet", "CCompression"],
        "SluicePlanner": [
            "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceExpressions",
            "SluiceConnect",
            "SluiceJobGraph",
        ],
        "SluiceRuntime": [
            "SluiceBase", "SluiceColumns", "SluiceExpressions", "SluiceConnect", "SluiceJobGraph",
            "SluiceState",
        ],
        "SluiceFiles": ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceFormats", "CCompression"],
        "SluiceHBase": [
            "SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceTableStore", "SluiceNet",
            "SluiceHBaseClient", "SluiceLogStore",
        ],
        "SluiceLog": ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceLogStore"],
        "SluiceBuiltins": ["SluiceBase", "SluiceColumns", "SluiceConnect", "SluiceExpressions"],
        "SluiceCatalogStore": ["SluiceBase", "SluiceColumns", "SluiceCatalog", "SluiceSQLite"],
        "SluiceEngine": [
            "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceCatalogStore",
            "SluiceExpressions", "SluiceConnect", "SluiceJobGraph", "SluiceState", "SluicePlanner",
            "SluiceRuntime", "SluiceFormats", "SluiceFiles", "SluiceHBase", "SluiceBuiltins",
            "SluiceTableStore",
            "SluiceSQLite", "SluiceLog", "SluiceLogStore",
        ],
        "SluiceShell": [
            "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceCatalog", "SluiceExpressions",
            "SluiceConnect",
            "SluiceJobGraph", "SluicePlanner", "SluiceRuntime", "SluiceEngine", "SluiceCommandLine",
            "CReadline",
        ],
        "sluice": [
            "SluiceBase", "SluiceColumns", "SluiceCatalog", "SluiceHBase", "SluiceLog", "SluicePlanner",
            "SluiceEngine", "SluiceShell", "SluiceCommandLine",
        ],
        // Measures whatever lies below the engine.
        "sluice-bench": [
            "SluiceBase", "SluiceColumns", "SluiceSyntax", "SluiceExpressions", "SluiceConnect",
            "SluiceCatalog",
            "SluiceJobGraph", "SluiceState", "SluiceFormats", "SluicePlanner", "SluiceRuntime", "SluiceFiles",
            "SluiceBuiltins", "SluiceEngine", "SluiceNet", "SluiceHBaseClient", "SluiceLogStore",
        ],
    ]

    /// Modules of the toolchain that everyone may import.
    static let toolchain: Set<String> = ["Glibc", "Synchronization", "FoundationEssentials"]

    let package: PackageDescription

    init() throws { package = try PackageDescription() }

    @Test("the package declares no arrow that the layers do not allow")
    func declared() {
        #expect(package.dependencies["SluiceBase"] != nil)
        for (target, dependencies) in package.dependencies {
            guard let allowed = Self.allowed[target] else {
                Issue.record("target \(target) has no place in the layers")
                continue
            }
            let refused = dependencies.subtracting(allowed)
            #expect(
                refused.isEmpty, "\(target) must not depend on \(refused.sorted().joined(separator: ", "))")
        }
    }

    @Test("a module imports only what its target declares")
    func imported() throws {
        var seen = 0
        for (target, dependencies) in package.dependencies {
            for file in try package.sources(of: target) {
                for module in file.imports where !Self.toolchain.contains(module) {
                    seen += 1
                    #expect(dependencies.contains(module), "\(file.path) imports \(module)")
                }
            }
        }
        #expect(seen > 50)
    }

    @Test("the layers have no circle")
    func acyclic() {
        var placed: Set<String> = []
        var rest = Set(Self.allowed.keys)
        while !rest.isEmpty {
            let next = rest.filter { target in
                (Self.allowed[target] ?? []).allSatisfy { !rest.contains($0) || placed.contains($0) }
            }
            #expect(!next.isEmpty, "a circle among \(rest.sorted().joined(separator: ", "))")
            if next.isEmpty { return }
            placed.formUnion(next)
            rest.subtract(next)
        }
    }

    @Test("no connector depends on another, the planner on no runtime, the runtime on no planner")
    func separate() {
        let connectors: Set<String> = ["SluiceFiles", "SluiceHBase", "SluiceBuiltins", "SluiceLog"]
        for connector in connectors {
            #expect(reachable(connector).isDisjoint(with: connectors.subtracting([connector])))
        }
        let planner = reachable("SluicePlanner")
        #expect(planner.isDisjoint(with: connectors.union(["SluiceRuntime", "SluiceState"])))
        let runtime = reachable("SluiceRuntime")
        #expect(
            runtime.isDisjoint(with: connectors.union(["SluicePlanner", "SluiceSyntax", "SluiceCatalog"])))
    }

    @Test("nothing below the engine prints or reads the environment")
    func quiet() throws {
        let upper: Set<String> = ["SluiceEngine", "SluiceShell", "sluice", "sluice-bench"]
        for target in package.dependencies.keys where !upper.contains(target) {
            for file in try package.sources(of: target) {
                for word in ["getenv", "print", "debugPrint", "dump"] {
                    #expect(!file.calls(word), "\(file.path) calls \(word)()")
                }
            }
        }
    }

    private func reachable(_ target: String) -> Set<String> {
        var found: Set<String> = []
        var open = Array(Self.allowed[target] ?? [])
        while let next = open.popLast() {
            if found.insert(next).inserted { open += Self.allowed[next] ?? [] }
        }
        return found
    }
}
