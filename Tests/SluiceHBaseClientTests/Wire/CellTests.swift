import SluiceBase
import Testing

@testable import SluiceHBaseClient

/// A cell with its texts copied out.
struct TestCell: Equatable, CustomStringConvertible {
    var row: [UInt8]
    var family: [UInt8]
    var qualifier: [UInt8]
    var timestamp: Int64
    var type: CellType
    var value: [UInt8]

    init(
        _ row: String, _ family: String, _ qualifier: String, _ timestamp: Int64, _ type: CellType = .put,
        _ value: [UInt8]
    ) {
        self.row = [UInt8](row.utf8)
        self.family = [UInt8](family.utf8)
        self.qualifier = [UInt8](qualifier.utf8)
        self.timestamp = timestamp
        self.type = type
        self.value = value
    }

    init(_ cell: CellView) {
        row = [UInt8](cell.row)
        family = [UInt8](cell.family)
        qualifier = [UInt8](cell.qualifier)
        timestamp = cell.timestamp
        type = cell.type
        value = [UInt8](cell.value)
    }

    func write(to writer: inout ProtobufWriter) {
        row.withUnsafeBytes { row in
            family.withUnsafeBytes { family in
                qualifier.withUnsafeBytes { qualifier in
                    value.withUnsafeBytes { value in
                        CellEncoder.append(
                            to: &writer, row: row, family: family, qualifier: qualifier, timestamp: timestamp,
                            type: type, value: value)
                    }
                }
            }
        }
    }

    var description: String {
        let name = [row, family, qualifier].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        return "\(name)/\(timestamp)/\(type.rawValue)=\(hex(value))"
    }
}

func cells(inBlock block: [UInt8]) throws -> [TestCell] {
    try withRaw(block) { (raw) throws in
        var cells: [TestCell] = []
        var reader = CellBlockReader(raw)
        while let cell = try reader.next() { cells.append(TestCell(cell)) }
        return cells
    }
}

@Suite struct CellTests {
    /// Layout by hand: total, key length, value length, row, family, qualifier, time, type, value.
    @Test func aCellHasTheDocumentedLayout() throws {
        var writer = ProtobufWriter(capacity: 0)
        let cell = TestCell("a1", "f", "q1", 1000, .put, [0x76, 0x31])
        cell.write(to: &writer)
        let expected =
            "0000001b" + "00000011" + "00000002" + "00026131" + "0166" + "7131" + "00000000000003e8" + "04"
            + "7631"
        let block = writer.finish()
        #expect(hex(block) == expected)
        #expect(try cells(inBlock: block) == [cell])
    }

    @Test func emptyPartsAndExtremesReadBack() throws {
        let list = [
            TestCell("r", "", "", Int64.max, .deleteFamily, []),
            TestCell("", "f", "", Int64.min, .delete, [0]),
            TestCell(
                String(repeating: "r", count: 32767), String(repeating: "f", count: 127), "q", -1, .put, [9]),
        ]
        var writer = ProtobufWriter()
        for cell in list { cell.write(to: &writer) }
        #expect(try cells(inBlock: writer.finish()) == list)
    }

    /// A Put with a time to live of a minute, as `KeyValueCodecWithTags` sends it.
    @Test func tagsAreRead() throws {
        let text =
            "00000026" + "00000011" + "00000000" + "00026131" + "0166" + "7131" + "00000000000003e8" + "04"
            + "000b" + "0009" + "08" + "000000000000ea60"
        let block = bytes(hex: text)
        try withRaw(block) { (raw) throws in
            var reader = CellBlockReader(raw)
            let cell = try #require(try reader.next())
            #expect(hex(cell.tags) == "000908000000000000ea60")
            #expect(cell.value.isEmpty)
            #expect(try reader.next() == nil)
        }
    }

    @Test(arguments: [
        ("000000", WireError.truncated), ("ffffffff", .truncated), ("00000005 00", .truncated),
        ("00000004 00000000", .malformedCell),
        // Key length, value length, row length and family length beyond what is there.
        ("00000014 0000000d 00000000 0000 00 0000000000000000 04", .malformedCell),
        ("00000014 0000000c 00000001 0000 00 0000000000000000 04", .malformedCell),
        ("00000014 0000000c 00000000 0001 00 0000000000000000 04", .malformedCell),
        ("00000014 0000000c 00000000 0000 01 0000000000000000 04", .malformedCell),
        ("00000014 0000000c 00000000 ffff 00 0000000000000000 04", .malformedCell),
        ("00000014 7fffffff 7fffffff 0000 00 0000000000000000 04", .malformedCell),
        ("00000014 80000000 80000000 0000 00 0000000000000000 04", .malformedCell),
        // Half a tag length, and tags that are too long.
        ("00000015 0000000c 00000000 0000 00 0000000000000000 04 00", .malformedCell),
        ("00000016 0000000c 00000000 0000 00 0000000000000000 04 0001", .malformedCell),
    ])
    func malformedCellsAreErrors(_ text: String, _ expected: WireError) {
        #expect(throws: expected) { try cells(inBlock: bytes(hex: text)) }
    }

    /// A row with such a cell is not taken as one with fewer cells.
    @Test func resultsWithMalformedCellsAreNotReadable() throws {
        for (text, isReadable) in [
            ("00000014 0000000c 00000000 0000 00 0000000000000000 04", true),
            ("00000014 0000000c 00000000 0001 00 0000000000000000 04", false),
        ] {
            try bytes(hex: text).withUnsafeBytes { raw in
                var block = CellBlockReader(raw)
                let result = try ResultRange(cells: 1, block: &block, blockStart: 0)
                #expect(result.isReadable(in: raw) == isReadable)
            }
        }
    }

    @Test func byteOrderIsUnsignedAndPrefixesComeFirst() {
        func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
            left.withUnsafeBytes { left in right.withUnsafeBytes { left.compare($0) } }
        }
        #expect(order([0x7F], [0x80]) < 0)
        #expect(order([1], [1, 0]) < 0)
        #expect(order([], []) == 0)
        #expect(order([2], [1, 9]) > 0)
    }
}
