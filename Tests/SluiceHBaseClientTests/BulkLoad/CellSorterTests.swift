import SluiceBase
import SluiceHBaseClient
import Testing

/// Sorting with and without files, and the cut of sorted cells into HFiles.
@Suite struct CellSorterTests {
    private static func sorter(_ disk: MemoryDisk, memory: Int, _ folder: String = "/tmp/sort") -> CellSorter
    {
        var settings = CellSorter.Settings(memory: memory, folder: folder)
        settings.maxMergedFiles = 4
        return CellSorter(settings, disk: disk)
    }

    private static func read(_ cells: SortedCells) throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        while try cells.advance() { found.append(cells.withCell { Array($0) }) }
        return found
    }

    /// Random cells of few rows and times, so that many have equal keys; values tell them apart.
    private static func cells(_ count: Int, seed: UInt64) -> [CellText] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { index in
            let length = Int.random(in: 1...12, using: &random)
            let letters = (0..<length).map { _ in Int.random(in: 0...1, using: &random) == 0 ? "a" : "\u{0}" }
            var cell = CellText(
                letters.joined(), Bool.random(using: &random) ? "f" : "fg",
                ["", "q", "qq"].randomElement(using: &random) ?? "", Int64.random(in: -1...1, using: &random),
                String(index))
            cell.type = Bool.random(using: &random) ? 4 : 8
            return cell
        }
    }

    private static func expected(_ cells: [CellText]) -> [[UInt8]] {
        var last: [[UInt8]: CellText] = [:]
        for cell in cells { last[cell.key] = cell }
        return last.values.sorted(by: CellText.comesBefore).map(\.bytes)
    }

    @Test(
        "cells come back in order, the last of equal keys, however small the memory",
        arguments: [1 << 20, 3000, 200])
    func sorts(memory: Int) throws {
        let disk = MemoryDisk()
        let sorter = Self.sorter(disk, memory: memory)
        let cells = Self.cells(3000, seed: UInt64(memory))
        for cell in cells { try cell.bytes.withUnsafeBytes { try sorter.add($0) } }
        #expect(sorter.cellCount == 3000)
        #expect((sorter.fileCount > 0) == (memory < 1 << 20))
        #expect(sorter.fileCount < 4)
        #expect(try Self.read(try sorter.sorted()) == Self.expected(cells))
        #expect(try Self.read(try sorter.sorted()) == Self.expected(cells))
        sorter.discard()
        #expect(try disk.status("/tmp/sort") == nil && disk.status("/tmp/sort/run-0") == nil)
    }

    @Test("several sorters give one sequence")
    func several() throws {
        let disk = MemoryDisk()
        let cells = Self.cells(900, seed: 3)
        let sorters = (0..<3).map { Self.sorter(disk, memory: 5000, "/tmp/sort\($0)") }
        for (index, cell) in cells.enumerated() {
            try cell.bytes.withUnsafeBytes { try sorters[index / 300].add($0) }
        }
        #expect(try Self.read(try CellSorter.sorted(sorters)) == Self.expected(cells))
    }

    @Test("a cell larger than the reader's buffer is sorted as well")
    func largeCells() throws {
        let disk = MemoryDisk()
        let sorter = Self.sorter(disk, memory: 100_000)
        let cells = (0..<4).map {
            CellText("r\(9 - $0)", "f", "q", 1, String(repeating: "x", count: 700_000 + $0))
        }
        for cell in cells { try cell.bytes.withUnsafeBytes { try sorter.add($0) } }
        #expect(try Self.read(try sorter.sorted()) == Self.expected(cells))
    }

    @Test("nothing to sort is an empty sequence; what is no cell is refused")
    func empty() throws {
        let sorter = Self.sorter(MemoryDisk(), memory: 1000)
        #expect(try Self.read(try sorter.sorted()).isEmpty)
        #expect(throws: SQLError.self) {
            try [UInt8](repeating: 1, count: 9).withUnsafeBytes { try sorter.add($0) }
        }
    }

    @Test("a full disk is an error, and a cut file is too")
    func failures() throws {
        let disk = MemoryDisk()
        let sorter = Self.sorter(disk, memory: 500)
        disk.fail("write", code: 28)
        #expect(throws: SQLError.self) {
            for cell in Self.cells(100, seed: 1) { try cell.bytes.withUnsafeBytes { try sorter.add($0) } }
        }
        let other = Self.sorter(disk, memory: 500, "/tmp/other")
        for cell in Self.cells(100, seed: 1) { try cell.bytes.withUnsafeBytes { try other.add($0) } }
        let name = try #require(try disk.list("/tmp/other").first)
        let whole = try #require(disk.contents("/tmp/other/" + name))
        disk.store("/tmp/other/" + name, Array(whole.dropLast(3)))
        #expect(throws: SQLError.self) { try Self.read(try other.sorted()) }
    }

    @Test("files are cut between ranges of rows, and hold one family each")
    func cut() throws {
        let disk = MemoryDisk()
        let sorter = Self.sorter(disk, memory: 1 << 20)
        var cells: [CellText] = []
        for row in ["a", "m", "m\u{0}", "mm", "n", "z"] {
            for family in ["f", "g"] where !(row == "z" && family == "g") {
                cells.append(CellText(row, family, "q", 1, row + family))
            }
        }
        for cell in cells.reversed() { try cell.bytes.withUnsafeBytes { try sorter.add($0) } }
        let settings = HFileSet.Settings(
            folder: "/out", writer: HFileWriter.Settings(createdMillis: 1, task: "t"))
        let starts = ["", "b", "m\u{0}", "n", ""].map { Array($0.utf8) }
        let ranges = zip(starts, starts.dropFirst()).map { RowRange(start: $0, end: $1) }
        let set = HFileSet(settings, ranges: ranges, disk: disk, random: RandomSource(seed: 1))
        try set.write(try sorter.sorted())
        let found = try set.files.map { file in
            let image = try HFileImage(try #require(disk.contents(file.path)))
            return try image.dataBlocks().flatMap { try HFileImage.cells($0) }
        }
        let expected: [(range: Int, family: String, rows: [String])] = [
            (0, "f", ["a"]), (0, "g", ["a"]), (1, "f", ["m"]), (1, "g", ["m"]),
            (2, "f", ["m\u{0}", "mm"]), (2, "g", ["m\u{0}", "mm"]), (3, "f", ["n", "z"]), (3, "g", ["n"]),
        ]
        #expect(set.files.map(\.range) == expected.map(\.range))
        #expect(set.files.map { String(decoding: $0.family, as: UTF8.self) } == expected.map(\.family))
        #expect(
            found
                == expected.map { part in
                    part.rows.map { CellText($0, part.family, "q", 1, $0 + part.family).bytes }
                })
        for file in set.files {
            #expect(file.path.hasPrefix("/out/" + String(decoding: file.family, as: UTF8.self) + "/"))
        }
        set.discard()
        #expect(try set.files.isEmpty && disk.status("/out") == nil)
    }

    @Test("a file that has grown to its limit is followed by another one, between two rows")
    func limit() throws {
        let disk = MemoryDisk()
        let sorter = Self.sorter(disk, memory: 1 << 20)
        for index in 100..<400 {
            for qualifier in ["p", "q"] {
                let cell = CellText("r\(index)", "f", qualifier, 1, String(repeating: "v", count: 1000))
                try cell.bytes.withUnsafeBytes { try sorter.add($0) }
            }
        }
        var files = HFileWriter.Settings(createdMillis: 1, task: "t")
        files.blockSize = 5000
        var settings = HFileSet.Settings(folder: "/out", writer: files)
        settings.maxFileBytes = 100_000
        let set = HFileSet(settings, ranges: [RowRange()], disk: disk, random: RandomSource(seed: 1))
        try set.write(try sorter.sorted())
        #expect(set.files.count > 4)
        #expect(set.files.map(\.summary.cells).reduce(0, +) == 600)
        #expect(set.files.allSatisfy { $0.summary.cells.isMultiple(of: 2) })
    }
}
