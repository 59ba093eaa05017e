import SluiceBase
import SluiceCatalog
import SluiceCatalogStore
import SluiceColumns
import Testing

/// The same random changes on the catalog in memory and on the one in a file must have the same outcomes.
@Suite struct RandomChangesTests {
    private struct Step {
        let random: RandomSource

        /// One change, by its random number; the outcome as text.
        func apply(to catalog: any CatalogWriter) -> String {
            do throws(SQLError) {
                return try change(catalog) ? "changed" : "kept"
            } catch {
                return "\(error.code) \(error.message) \(error.label ?? "")"
            }
        }

        private func change(_ catalog: any CatalogWriter) throws(SQLError) -> Bool {
            var random = random
            func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &random)] }
            let database = DatabaseName(
                pick(["default_catalog", "lake", "sea"]), pick(["default_database", "default", "a", "b"]))
            let name = QualifiedName(database, pick(["t", "T", "u", "view", "longer name"]))
            let other = QualifiedName(pick([database, database, .initial]), pick(["t", "u", "w"]))
            let kind = pick(ObjectKind.allCases)
            let flag = Bool.random(using: &random)
            let number = Int.random(in: 0..<100, using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                let options: OptionMap = [
                    "type": pick(["generic_in_memory", "generic_in_memory", "hive"]), "n": "\(number)",
                ]
                return try catalog.createCatalog(
                    CatalogEntry(name: database.catalog, options: options), ifNotExists: flag, statement: "s")
            case 1 where number < 20:
                return try catalog.dropCatalog(database.catalog, ifExists: flag, statement: "s")
            case 1, 2:
                return try catalog.createDatabase(
                    DatabaseEntry(name: database, options: ["n": "\(number)"]), ifNotExists: flag,
                    statement: "s")
            case 3 where number < 40:
                return try catalog.dropDatabase(
                    database, ifExists: flag, cascade: number < 20, statement: "s")
            case 3:
                try catalog.alterDatabase(database, statement: "s") { $0.options["m"] = "\(number)" }
                return true
            case 4: return try catalog.drop(kind, name, ifExists: flag, statement: "s")
            case 5: return try catalog.rename(kind, name, to: other, ifExists: flag, statement: "s")
            case 6, 7:
                return try catalog.alter(kind, name, ifExists: flag, statement: "s") {
                    object throws(SQLError) in
                    guard case .table(var table) = object else { return object }
                    table.setOptions([(key: "k\(number % 3)", value: "\(number)")])
                    if flag { try table.addColumn(ColumnEntry("c\(number % 5)", .int), .first) }
                    return .table(table)
                }
            default:
                let mode = pick([CreateMode.new, .ifNotExists, .orReplace])
                return try catalog.create(object(kind, name, number), mode, statement: "s")
            }
        }

        private func object(_ kind: ObjectKind, _ name: QualifiedName, _ number: Int) -> CatalogObject {
            switch kind {
            case .table:
                var table = richTable
                table.name = name
                table.comment = "\(number)"
                return .table(table)
            case .view:
                return .view(
                    ViewEntry(
                        name: name, columns: [ViewEntry.Column("c\(number)", type: .int)],
                        originalQuery: "SELECT \(number)", expandedQuery: "SELECT \(number) AS x"))
            case .function: return .function(FunctionEntry(name: name, body: "f\(number)"))
            case .model:
                return .model(
                    ModelEntry(
                        name: name, inputs: [], outputs: [ViewEntry.Column("o", type: .double)],
                        comment: "\(number)"))
            }
        }
    }

    @Test("memory and file agree on every outcome and in the end", arguments: [1, 2, 3] as [UInt64])
    func agree(seed: UInt64) throws {
        let folder = TemporaryFolder()
        let memory = MemoryCatalog()
        let file = try SQLiteCatalog(path: folder.file("c.db"), principal: "x", clock: ManualClock())
        var random = RandomSource(seed: seed)
        var changes = 0
        for number in 0..<600 {
            let step = Step(random: RandomSource(seed: random.next()))
            let expected = step.apply(to: memory)
            #expect(step.apply(to: file) == expected, "step \(number)")
            if expected == "changed" { changes += 1 }
        }
        #expect(changes > 100)
        #expect(try CatalogDifference.between(memory, file) == [])
        #expect(try file.history().count == changes)
        #expect(try file.verify() == [])
    }

    @Test("a run over a stored catalog never changes it", arguments: [4, 5] as [UInt64])
    func layer(seed: UInt64) throws {
        let stored = MemoryCatalog()
        let copy = MemoryCatalog()
        var random = RandomSource(seed: seed)
        for _ in 0..<100 {
            let step = Step(random: RandomSource(seed: random.next()))
            #expect(step.apply(to: stored) == step.apply(to: copy))
        }
        let run = LayeredCatalog(over: stored)
        var changes = 0
        for _ in 0..<300 where Step(random: RandomSource(seed: random.next())).apply(to: run) == "changed" {
            changes += 1
        }
        #expect(changes > 50)
        #expect(try CatalogDifference.between(stored, copy) == [])
        #expect(try CatalogDifference.between(stored, run) != [])
    }
}
