import SluiceBase
import Testing

@testable import SluiceHBaseClient

/// Bloom filters, packed blocks and tags of HFiles. Numbers come from files that HBase 2.6.4 wrote of the same cells.
@Suite struct HFileFilterTests {
    private static func write(
        _ cells: [CellText], _ edit: (inout HFileWriter.Settings) -> Void
    ) throws -> HFileImage {
        let disk = MemoryDisk()
        var settings = HFileWriter.Settings(createdMillis: 5, task: "test")
        edit(&settings)
        let writer = HFileWriter(try disk.open("/f", .create), settings)
        for cell in cells { try cell.bytes.withUnsafeBytes { try writer.append($0) } }
        _ = try writer.finish()
        return try HFileImage(try #require(disk.contents("/f")))
    }

    private static func rows(_ count: Int, qualifiers: Int = 2) -> [CellText] {
        (0..<count).flatMap { index -> [CellText] in
            let digits = String(index)
            let row = "row-" + String(repeating: "0", count: 8 - digits.count) + digits
            return (0..<qualifiers).map { CellText(row, "f", "q\($0)", 1_700_000_000_000, "v\(index)") }
        }
    }

    private func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.checksum($0) } }

    private func hash(_ text: [UInt8]) -> Int32 {
        text.withUnsafeBytes { Int32(bitPattern: MurmurHash.hash($0, seed: 0)) }
    }

    @Test("H21: a filter of rows has the bits that HBase sets")
    func rowFilter() throws {
        let image = try Self.write(Self.rows(3000)) { $0.bloom = .row }
        let chunks = image.blocks.filter { $0.magic == "BLMFBLK2" }
        #expect(chunks.map { $0.body.count } == [4096])
        #expect(chunks.first.map { checksum($0.body) } == 0xC659_E401)
        let meta = try #require(image.blocks.last)
        #expect(meta.magic == "BLMFMET2")
        #expect(try HFileImage.int(meta.body, 0, 4) == 3)
        #expect(try HFileImage.int(meta.body, 4, 8) == 4096)
        #expect(try HFileImage.int(meta.body, 12, 4) == 7)
        #expect(try HFileImage.int(meta.body, 16, 4) == 1)
        #expect(try HFileImage.int(meta.body, 20, 8) == 3000)
        #expect(try HFileImage.int(meta.body, 28, 8) == 3415)
        #expect(try HFileImage.int(meta.body, 36, 4) == 1)
        #expect(meta.body[40] == 0)
        #expect(try HFileImage.int(meta.body, 41, 8) == chunks.first?.offset)
        #expect(Array(meta.body[53...]) == [12] + Array("row-00000000".utf8))
        #expect(image.info["BLOOM_FILTER_TYPE"] == Array("ROW".utf8))
        #expect(image.info["LAST_BLOOM_KEY"] == Array("row-00002999".utf8))
        #expect(image.info["DELETE_FAMILY_COUNT"] == [UInt8](repeating: 0, count: 8))
    }

    @Test("H21: a filter of rows and columns has the bits that HBase sets")
    func columnFilter() throws {
        let image = try Self.write(Self.rows(3000)) { $0.bloom = .rowColumn }
        let chunks = image.blocks.filter { $0.magic == "BLMFBLK2" }
        #expect(chunks.map { $0.body.count } == [16384])
        #expect(chunks.first.map { checksum($0.body) } == 0xDB3A_A2C2)
        let meta = try #require(image.blocks.last)
        #expect(try HFileImage.int(meta.body, 12, 4) == 8)
        #expect(try HFileImage.int(meta.body, 20, 8) == 6000)
        #expect(try HFileImage.int(meta.body, 28, 8) == 0x2E6B)
        #expect(meta.body.count == 122)
        let key = [0, 12] + Array("row-00002999".utf8) + [0] + Array("q1".utf8)
        #expect(image.info["LAST_BLOOM_KEY"] == key + [0x7F] + [UInt8](repeating: 0xFF, count: 8))
    }

    @Test("H21: many keys have several chunks between the data blocks, few keys a small one")
    func chunks() throws {
        let many = try Self.write(Self.rows(250_000, qualifiers: 1)) { $0.bloom = .row }
        let chunks = many.blocks.filter { $0.magic == "BLMFBLK2" }
        #expect(chunks.map { $0.body.count } == [131_072, 131_072, 65536])
        #expect(try many.dataBlocks().count > 100)
        #expect((chunks.first?.offset ?? 0) < (try many.dataBlocks().last?.offset ?? 0))
        #expect(try HFileImage.int(try #require(many.blocks.last).body, 20, 8) == 250_000)
        let one = try Self.write(Self.rows(1)) { $0.bloom = .row }
        #expect(one.blocks.first { $0.magic == "BLMFBLK2" }?.body.count == 2)
    }

    @Test("the hash takes the last bytes of a key as signed numbers, as HBase does")
    func hashes() {
        #expect(hash([]) == 0)
        // Of HBase's own class.
        #expect(hash(Array("a".utf8)) == -1_838_653_602)
        #expect(hash(Array("row-00000001".utf8)) == 474_893_733)
        #expect(hash([0xFF, 0x80, 0x90]) == -1_957_129_103)
        #expect(hash([1, 2, 3, 4, 0xFE]) == -1_718_703_211)
    }

    @Test("H21: packed blocks give their cells back and take less room")
    func packed() throws {
        let cells = Self.rows(3000)
        let image = try Self.write(cells) {
            $0.isGzip = true
            $0.bloom = .row
        }
        #expect(image.trailer[12] == 1)
        #expect(try image.dataBlocks().flatMap { try HFileImage.cells($0) } == cells.map(\.bytes))
        #expect(image.bytes.count < 60_000)
        #expect(image.blocks.contains { $0.magic == "BLMFMET2" && $0.body.count == 66 })
    }

    @Test("H21: tags stand behind the value, and the file says how long the longest are")
    func tags() throws {
        let tag: [UInt8] = [0, 9, 8, 0, 0, 0, 0, 0, 0, 0xEA, 0x60]
        var plain = CellText("a", "f", "q", 5, "v")
        var timed = CellText("b", "f", "q", 5, "w")
        plain.value += [0, 0]
        timed.value += tag + [0, 11]
        let image = try Self.write([plain, timed]) { $0.hasTags = true }
        let first = CellText("a", "f", "q", 5, "v").bytes + [0, 0]
        let second = CellText("b", "f", "q", 5, "w").bytes + [0, 11] + tag
        #expect(image.blocks.first?.body == first + second)
        #expect(image.info["hfile.MAX_TAGS_LEN"] == [0, 0, 0, 11])
        var broken = CellText("c", "f", "q", 5, "")
        broken.value = [0, 9]
        #expect(throws: SQLError.self) { try Self.write([broken]) { $0.hasTags = true } }
        broken.value = [1]
        #expect(throws: SQLError.self) { try Self.write([broken]) { $0.hasTags = true } }
    }

    @Test("H21: files have what their family asks for, and what they have not is told")
    func familySettings() {
        var settings = HFileWriter.Settings(createdMillis: 5, task: "test")
        settings.blockSize = 7777
        let families = FamilyFileSettings(
            settings,
            [
                FamilySchema("a", ["BLOOMFILTER": "ROWCOL", "COMPRESSION": "GZ", "BLOCKSIZE": "131072"]),
                FamilySchema("b", ["BLOOMFILTER": "NONE", "COMPRESSION": "SNAPPY", "BLOCKSIZE": "-3"]),
                FamilySchema("c", ["BLOOMFILTER": "ROWPREFIX_FIXED_LENGTH"]),
            ])
        let a = families.settings(of: [0x61])
        #expect(a.bloom == .rowColumn && a.isGzip && a.blockSize == 131_072)
        let b = families.settings(of: [0x62])
        #expect(b.bloom == .none && !b.isGzip && b.blockSize == 7777)
        #expect(families.settings(of: [0x63]).bloom == .none)
        #expect(families.settings(of: [0x78]).bloom == .row)
        #expect(families.notices.count == 2)
        #expect(families.notices.first?.contains("SNAPPY") == true)
        #expect(families.notices.last?.contains("ROWPREFIX_FIXED_LENGTH") == true)
    }

    @Test("damaged or endless streams are refused")
    func damagedStreams() throws {
        let bytes: [UInt8] = (0..<100_000).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 7) }
        for codec in [BlockCodec.gzip, .zlib] {
            var packed = try #require(bytes.withUnsafeBytes { codec.packed($0) })
            #expect(packed.count < bytes.count)
            #expect(packed.withUnsafeBytes { codec.unpacked($0, limit: 100_000) } == bytes)
            #expect(packed.withUnsafeBytes { codec.unpacked($0, limit: 99_999) } == nil)
            #expect(packed.dropLast().withUnsafeBytes { codec.unpacked($0, limit: 100_000) } == nil)
            #expect((packed + [0]).withUnsafeBytes { codec.unpacked($0, limit: 100_000) } == nil)
            packed[packed.count / 2] ^= 0x55
            #expect(packed.withUnsafeBytes { codec.unpacked($0, limit: 100_000) } != bytes)
            let none: [UInt8] = []
            #expect(none.withUnsafeBytes { codec.unpacked($0, limit: 10) } == nil)
            let empty = try #require(none.withUnsafeBytes { codec.packed($0) })
            #expect(empty.withUnsafeBytes { codec.unpacked($0, limit: 0) } == [])
        }
    }
}
