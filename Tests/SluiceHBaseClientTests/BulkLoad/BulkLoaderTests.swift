import SluiceBase
import SluiceHBaseClient
import Testing

/// A table of a cluster as bulk loading sees it: takes files that fit into a region, moves them, splits on demand.
private final class FakeTable: BulkLoadService {
    struct State {
        var regions: [RowRange]
        var tokens: Set<String> = []
        var requests = 0
        var loaded: [[UInt8]] = []
        /// Called before the request of that number.
        var before: [Int: @Sendable (inout State) -> Void] = [:]
        var refusesAll = false
        var error: HBaseError?
        var longestRequest = 0
    }

    let state: Lock<State>
    private let disk: MemoryDisk

    init(_ disk: MemoryDisk, starts: [String]) {
        self.disk = disk
        state = Lock(State(regions: FakeTable.regions(starts)))
    }

    static func regions(_ starts: [String]) -> [RowRange] {
        let keys = starts.map { Array($0.utf8) }
        return keys.indices.map { RowRange(start: keys[$0], end: $0 + 1 < keys.count ? keys[$0 + 1] : []) }
    }

    func regions() throws(HBaseError) -> [RowRange] { state.withLock { $0.regions } }

    func prepare() throws(HBaseError) -> String {
        _ = state.withLock { $0.tokens.insert("token") }
        return "token"
    }

    func cleanUp(token: String) throws(HBaseError) { _ = state.withLock { $0.tokens.remove(token) } }

    func load(_ requests: [BulkLoadRequest], token: String) -> [Result<Bool, HBaseError>] {
        requests.map { request in
            state.withLock { state in
                state.requests += 1
                state.before[state.requests]?(&state)
                if let error = state.error { return .failure(error) }
                if state.refusesAll || !state.tokens.contains(token) { return .success(false) }
                return .success(take(request, &state))
            }
        }
    }

    /// A region serves the request's first row; all cells of the files must be in it.
    private func take(_ request: BulkLoadRequest, _ state: inout State) -> Bool {
        let start = request.rows.start
        guard
            let region = state.regions.last(where: {
                $0.start == start || $0.start.lexicographicallyPrecedes(start)
            })
        else { return false }
        var cells: [[UInt8]] = []
        for file in request.files {
            guard file.path.hasPrefix("seen:/load/"),
                let bytes = disk.contents(String(file.path.dropFirst(5))),
                let image = try? HFileImage(bytes), let blocks = try? image.dataBlocks(),
                let found = try? blocks.flatMap({ try HFileImage.cells($0) })
            else { return false }
            cells += found
        }
        for cell in cells {
            let row = Array(cell[10..<(10 + Int(cell[8]) << 8 + Int(cell[9]))])
            if row.lexicographicallyPrecedes(region.start) { return false }
            if !region.end.isEmpty && !row.lexicographicallyPrecedes(region.end) { return false }
        }
        state.loaded += cells
        state.longestRequest = Swift.max(state.longestRequest, request.files.count)
        for file in request.files { try? disk.remove(String(file.path.dropFirst(5))) }
        return true
    }
}

/// Bulk loading, on a table in memory that splits and fails when told to.
@Suite struct BulkLoaderTests {
    private let disk = MemoryDisk()
    private let cells: [CellText] = (0..<2000).map { index in
        CellText("r\(1000 + index * 7919 % 2000)", index % 3 == 0 ? "g" : "f", "q", 9, "v\(index)")
    }

    private func loader(_ table: FakeTable, pauses: Lock<Int> = Lock(0)) -> BulkLoader {
        var settings = BulkLoader.Settings(
            folder: "/load", serverFolder: "seen:/load", createdMillis: 5, task: "t")
        settings.memory = 20_000
        return BulkLoader(table, settings, disk: disk, random: RandomSource(seed: 1)) { _ in
            pauses.withLock { $0 += 1 }
        }
    }

    private func fill(_ loader: BulkLoader, parts: Int = 1) throws -> [CellSorter] {
        let sorters = (0..<parts).map { loader.sorter(part: $0, of: parts) }
        for (index, cell) in cells.enumerated() {
            try cell.bytes.withUnsafeBytes { try sorters[index % parts].add($0) }
        }
        return sorters
    }

    private func expectAll(_ table: FakeTable) {
        let expected = cells.sorted(by: CellText.comesBefore).map(\.bytes)
        let found = table.state.withLock { $0.loaded }
        #expect(found.count == expected.count)
        #expect(Set(found) == Set(expected))
        #expect(table.state.withLock { $0.tokens.isEmpty })
    }

    /// Nothing of the load is left on the disk.
    private func expectClean() throws {
        let left = (try? disk.list("/load")) ?? []
        #expect(left.isEmpty)
    }

    @Test("every region gets its rows, all families at once", arguments: [1, 3])
    func plain(parts: Int) throws {
        let table = FakeTable(disk, starts: ["", "r1500", "r2000", "r9"])
        let loader = loader(table)
        let sorters = try fill(loader, parts: parts)
        let summary = try loader.load(sorters)
        #expect(summary.cells == 2000)
        #expect(summary.regions == 3)
        #expect(summary.files == 6)
        #expect(table.state.withLock { $0.requests } == 3)
        expectAll(table)
        try expectClean()
    }

    @Test("a region that splits while files are written refuses them, and its rows are cut again")
    func split() throws {
        let table = FakeTable(disk, starts: ["", "r1500", "r2000"])
        table.state.withLock { state in
            state.before[2] = { $0.regions = FakeTable.regions(["", "r1500", "r1700", "r1900", "r2000"]) }
        }
        let pauses = Lock(0)
        let loader = loader(table, pauses: pauses)
        let sorters = try fill(loader)
        let summary = try loader.load(sorters)
        #expect(summary.cells == 2000)
        #expect(summary.regions == 5)
        #expect(table.state.withLock { $0.requests } == 6)
        #expect(pauses.withLock { $0 } == 0)
        expectAll(table)
    }

    @Test("regions that merge are cut again as well")
    func merge() throws {
        let table = FakeTable(disk, starts: ["", "r1500", "r2000"])
        table.state.withLock { state in
            state.before[1] = { $0.regions = FakeTable.regions(["", "r2000"]) }
        }
        let loader = loader(table)
        _ = try loader.load(try fill(loader))
        expectAll(table)
    }

    @Test("a table that refuses without a reason is given up after some tries")
    func refused() throws {
        let table = FakeTable(disk, starts: ["", "r2000"])
        table.state.withLock { $0.refusesAll = true }
        let pauses = Lock(0)
        let loader = loader(table, pauses: pauses)
        let sorters = try fill(loader)
        #expect(throws: SQLError.self) { try loader.load(sorters) }
        #expect(pauses.withLock { $0 } == 7)
        #expect(table.state.withLock { $0.loaded.isEmpty && $0.tokens.isEmpty })
        try expectClean()
    }

    @Test("an error of the cluster ends the load, says how far it came, and leaves no files")
    func failed() throws {
        let table = FakeTable(disk, starts: ["", "r1500", "r2000"])
        table.state.withLock { state in
            state.before[2] = { $0.error = HBaseError(.accessDenied, "no") }
        }
        let loader = loader(table)
        let sorters = try fill(loader)
        do {
            _ = try loader.load(sorters)
            Issue.record("the load must fail")
        } catch {
            #expect(error.message.contains("no"))
            #expect(error.notes.first?.message == "1 of 3 requests had been carried out")
        }
        try expectClean()
    }

    @Test("H21: a full disk ends the load before the table has anything")
    func diskFull() throws {
        let table = FakeTable(disk, starts: ["", "r1500"])
        let loader = loader(table)
        let sorters = try fill(loader)
        disk.fail("sync", after: 1, code: 28)
        #expect(throws: SQLError.self) { try loader.load(sorters) }
        #expect(table.state.withLock { $0.requests } == 0)
    }

    @Test("H21: a load that is given up while files are written changes nothing")
    func givenUp() throws {
        let table = FakeTable(disk, starts: ["", "r1500"])
        var settings = BulkLoader.Settings(folder: "/load", createdMillis: 5, task: "t")
        settings.memory = 20_000
        let asked = Lock(0)
        let loader = BulkLoader(
            table, settings, disk: disk, random: RandomSource(seed: 1),
            isCancelled: {
                asked.withLock { count in
                    count += 1
                    return true
                }
            }, pause: { _ in })
        let sorters = try fill(loader)
        #expect(throws: SQLError.self) { try loader.load(sorters) }
        #expect(asked.withLock { $0 } > 0)
        #expect(table.state.withLock { $0.requests == 0 && $0.loaded.isEmpty && $0.tokens.isEmpty })
        try expectClean()
    }

    @Test("no cells need no cluster")
    func nothing() throws {
        let table = FakeTable(disk, starts: [""])
        let loader = loader(table)
        #expect(try loader.load([loader.sorter(part: 0, of: 1)]) == BulkLoader.Summary())
        #expect(table.state.withLock { $0.requests } == 0)
    }
}
