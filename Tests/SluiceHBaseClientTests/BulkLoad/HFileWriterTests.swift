import SluiceBase
import SluiceHBaseClient
import Testing

/// HFiles, read again by a reader of their own.
@Suite struct HFileWriterTests {
    private static func settings(block: Int, index: Int) -> HFileWriter.Settings {
        var settings = HFileWriter.Settings(createdMillis: 1_700_000_000_123, task: "test")
        settings.blockSize = block
        settings.indexBlockSize = index
        return settings
    }

    private static func write(
        _ cells: [CellText], block: Int = 65536, index: Int = 131072
    ) throws -> (bytes: [UInt8], summary: HFileWriter.Summary) {
        let disk = MemoryDisk()
        let file = try disk.open("/f", .create)
        let writer = HFileWriter(file, settings(block: block, index: index))
        for cell in cells { try cell.bytes.withUnsafeBytes { try writer.append($0) } }
        let summary = try writer.finish()
        return (try #require(disk.contents("/f")), summary)
    }

    private static func rows(_ count: Int, valueSize: Int = 20) -> [CellText] {
        (0..<count).map { index in
            let digits = String(index)
            let row = "row-" + String(repeating: "0", count: 8 - digits.count) + digits
            return CellText(
                row, "f", "q", 1_600_000_000_000 + Int64(index), String(repeating: "v", count: valueSize))
        }
    }

    @Test("the checksum has the known values")
    func checksum() {
        #expect(Array("123456789".utf8).withUnsafeBytes { CRC32C.checksum($0) } == 0xE306_9283)
        #expect([UInt8](repeating: 0, count: 32).withUnsafeBytes { CRC32C.checksum($0) } == 0x8A91_36AA)
        #expect([UInt8](repeating: 0xFF, count: 32).withUnsafeBytes { CRC32C.checksum($0) } == 0x62A8_AB43)
        #expect([UInt8]().withUnsafeBytes { CRC32C.checksum($0) } == 0)
        let bytes: [UInt8] = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for cut in [0, 1, 7, 8, 9, 500, 999] {
            let whole = HFileImage.crc32c(bytes[...])
            let first = bytes[..<cut].withUnsafeBytes { CRC32C.checksum($0) }
            #expect(bytes[cut...].withUnsafeBytes { CRC32C.checksum($0, previous: first) } == whole)
        }
    }

    @Test("a file of several blocks has one index level and gives its cells back")
    func singleLevel() throws {
        let cells = Self.rows(5000)
        let (bytes, summary) = try Self.write(cells)
        let image = try HFileImage(bytes)
        let data = try image.dataBlocks()
        #expect(try data.flatMap { try HFileImage.cells($0) } == cells.map(\.bytes))
        #expect(
            image.blocks.map(\.magic) == Array(repeating: "DATABLK*", count: data.count) + [
                "IDXROOT2", "IDXROOT2", "FILEINF2",
            ])
        #expect(data.dropLast().allSatisfy { $0.body.count >= 65536 && $0.body.count < 65536 + 200 })
        #expect(data.map(\.previous) == [-1] + data.dropLast().map { Int64($0.offset) })
        #expect(try image.root().rest.isEmpty)
        let headers = image.blocks.map { $0.body.count + 33 }.reduce(0, +)
        let expected: [UInt64: UInt64] = [
            4: UInt64(headers + 4096), 5: UInt64(data.count), 6: 0, 7: 5000, 8: 1, 9: 0,
            10: UInt64(data.last?.offset ?? -1), 12: 2,
        ]
        for (field, value) in expected { #expect(image.trailer[field] == value, "field \(field)") }
        #expect(image.trailer[13] == nil)
        #expect(image.comparator == "org.apache.hadoop.hbase.KeyValue$KVComparator")
        #expect(summary.cells == 5000)
        #expect(summary.bytes == Int64(bytes.count))
        #expect(summary.dataBlocks == data.count)
    }

    @Test("file info tells last key, lengths and times")
    func fileInfo() throws {
        var cells = Self.rows(3, valueSize: 5)
        cells[1].type = 8
        cells[1].timestamp = 7
        let image = try HFileImage(try Self.write(cells).bytes)
        let info = image.info
        #expect(info["hfile.LASTKEY"] == cells[2].key)
        #expect(info["hfile.AVG_KEY_LEN"] == CellText.big(UInt64(cells[0].key.count), 4))
        #expect(info["hfile.AVG_VALUE_LEN"] == [0, 0, 0, 5])
        #expect(info["TIMERANGE"] == CellText.big(7, 8) + CellText.big(1_600_000_000_002, 8))
        #expect(info["EARLIEST_PUT_TS"] == CellText.big(1_600_000_000_000, 8))
        #expect(info["BULKLOAD_TIMESTAMP"] == CellText.big(1_700_000_000_123, 8))
        #expect(info["BULKLOAD_SOURCE_TASK"] == Array("test".utf8))
        #expect(info["MAJOR_COMPACTION_KEY"] == [0xFF])
        #expect(info["hfile.LEN_OF_BIGGEST_CELL"] == CellText.big(UInt64(cells[0].bytes.count), 8))
        #expect(info["hfile.MAX_TAGS_LEN"] == nil)
    }

    @Test("an index that grows gets leaf and intermediate levels", arguments: [(400, 2), (9000, 3)])
    func levels(count: Int, levels: Int) throws {
        let cells = Self.rows(count)
        let (bytes, summary) = try Self.write(cells, block: 200, index: levels == 2 ? 4096 : 1024)
        let image = try HFileImage(bytes)
        #expect(image.trailer[8].map(Int.init) == summary.indexLevels)
        #expect(summary.indexLevels >= levels)
        let data = try image.dataBlocks()
        #expect(try data.flatMap { try HFileImage.cells($0) } == cells.map(\.bytes))
        // The middle of the file: leaf, its size, entry.
        let rest = try image.root().rest
        #expect(rest.count == 16)
        let leaf = try #require(image.block(at: try HFileImage.int(rest, 0, 8)))
        #expect(leaf.magic == "IDXLEAF2")
        #expect(try HFileImage.int(rest, 8, 4) == leaf.size)
        let entry = try HFileImage.inner(leaf)[try HFileImage.int(rest, 12, 4)]
        #expect(entry.offset == data[(data.count - 1) / 2].offset)
        let indexBytes = image.blocks.filter { $0.magic.hasPrefix("IDX") }.map { $0.body.count + 33 }.reduce(
            0, +)
        #expect(image.trailer[3] == UInt64(indexBytes - 33))
    }

    @Test("long keys have a length of two bytes in the root")
    func longKeys() throws {
        let cells = (0..<50).map { index in
            CellText(String(repeating: "r", count: 300) + "\(100 + index)", "f", "", 5, "v")
        }
        let image = try HFileImage(try Self.write(cells, block: 1000).bytes)
        #expect(try image.dataBlocks().flatMap { try HFileImage.cells($0) } == cells.map(\.bytes))
        #expect(try image.root().entries.count > 5)
    }

    @Test("cells with equal keys stay in one block")
    func equalKeys() throws {
        var cells = Self.rows(10)
        cells += Array(repeating: CellText("row-1", "f", "q", 5, "again"), count: 20)
        cells += [CellText("row-2", "f", "q", 5, "last")]
        let image = try HFileImage(try Self.write(cells, block: 100).bytes)
        let blocks = try image.dataBlocks().map { try HFileImage.cells($0) }
        let holding = blocks.filter { $0.contains(cells[10].bytes) }
        #expect(holding.count == 1)
        #expect(holding.first?.filter { $0 == cells[10].bytes }.count == 20)
    }

    @Test("a changed byte is found by a checksum")
    func corruption() throws {
        var bytes = try Self.write(Self.rows(2000)).bytes
        bytes[40_000] ^= 1
        #expect(throws: HFileImage.Failure.self) { try HFileImage(bytes) }
    }

    @Test("cells out of order, of another family, or no cells at all are refused")
    func refused() throws {
        let good = CellText("b", "f", "q", 5, "v")
        let older = CellText("b", "f", "q", 6, "v")
        #expect(throws: SQLError.self) { try Self.write([good, older]) }
        #expect(throws: SQLError.self) { try Self.write([good, CellText("a", "f", "q", 5, "v")]) }
        #expect(throws: SQLError.self) { try Self.write([good, CellText("b", "g", "q", 5, "v")]) }
        #expect(throws: SQLError.self) { try Self.write([]) }
        let writer = HFileWriter(try MemoryDisk().open("/f", .create), Self.settings(block: 100, index: 100))
        for count in 0..<good.bytes.count {
            let cut = Array(good.bytes.prefix(count))
            #expect(throws: SQLError.self) { try cut.withUnsafeBytes { try writer.append($0) } }
        }
        for position in 0..<10 {
            var wrong = good.bytes
            wrong[position] = 0xFF
            #expect(throws: SQLError.self) { try wrong.withUnsafeBytes { try writer.append($0) } }
        }
    }

    @Test("an error of the disk ends the file")
    func diskFull() throws {
        let disk = MemoryDisk()
        let writer = HFileWriter(try disk.open("/f", .create), Self.settings(block: 100, index: 1000))
        disk.fail("write", after: 2, code: 28)
        #expect(throws: SQLError.self) {
            for cell in Self.rows(100) { try cell.bytes.withUnsafeBytes { try writer.append($0) } }
        }
    }
}
