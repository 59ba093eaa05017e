import SluiceBase
import Testing

@testable import SluiceHBaseClient

@Suite struct ProtobufTests {
    @Test func varintsHaveTheirShortestForm() {
        let cases: [(UInt64, String)] = [
            (0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (16383, "ff7f"),
            (16384, "808001"), (UInt64(UInt32.max), "ffffffff0f"),
            (UInt64(Int64.max), "ffffffffffffffff7f"), (UInt64.max, "ffffffffffffffffff01"),
        ]
        for (value, expected) in cases {
            var writer = ProtobufWriter()
            writer.varint(value)
            #expect(hex(writer.finish()) == expected)
            #expect(varintSize(value) == expected.count / 2)
        }
    }

    @Test func fieldsReadBack() throws {
        var writer = ProtobufWriter(capacity: 1)
        writer.field(1, 42 as UInt32)
        writer.field(2, "täble")
        writer.field(3, -1 as Int32)
        writer.field(4, Int64.min)
        writer.field(5, true)
        writer.field(536_870_911, [1, 2, 3])
        let bytes = writer.finish()
        try withRaw(bytes) { (raw) throws in
            var reader = ProtobufReader(raw)
            #expect(try reader.next() == 1)
            #expect(try reader.uint32() == 42)
            #expect(try reader.next() == 2)
            #expect(try reader.string() == "täble")
            #expect(try reader.next() == 3)
            #expect(try reader.int32() == -1)
            #expect(try reader.next() == 4)
            #expect(try reader.int64() == Int64.min)
            #expect(try reader.next() == 5)
            #expect(try reader.bool())
            #expect(try reader.next() == 536_870_911)
            #expect(try reader.array() == [1, 2, 3])
            #expect(try reader.next() == nil)
        }
    }

    /// A nested message whose length takes more or fewer bytes than were left for it is moved into place.
    @Test func nestedMessagesOfEveryLengthAreCanonical() {
        for length in [0, 1, 126, 127, 128, 129, 16382, 16383, 16384, 16390] {
            for expecting in [0, 100, 128, 20000, 3_000_000] {
                var writer = ProtobufWriter(capacity: 8)
                let outer = writer.begin(1)
                let inner = writer.begin(2, expecting: expecting)
                writer.raw([UInt8](repeating: 7, count: length))
                writer.end(inner)
                writer.end(outer)
                var plain = ProtobufWriter()
                plain.field(2, [UInt8](repeating: 7, count: length))
                var whole = ProtobufWriter()
                whole.field(1, plain.finish())
                #expect(writer.finish() == whole.finish(), "length \(length) expecting \(expecting)")
            }
        }
    }

    @Test func unknownFieldsOfEveryTypeAreSkipped() throws {
        // 100: varint, 101: fixed64, 102: bytes, 103: group with a varint and a group in it, 104: fixed32.
        let unknown =
            "a00601" + "a9060102030405060708" + "b206026162" + "bb06" + "0805" + "bb06bc06" + "bc06"
            + "c50601020304"
        let server = "0a01681090 4e18 07"
        let parsed = try ServerName(bytes(hex: unknown + server + unknown))
        #expect(parsed == ServerName(host: "h", port: 10000, startCode: 7))
    }

    @Test(arguments: [
        ("0a", WireError.truncated), ("0a05ab", .truncated), ("80", .truncated), ("00", .malformedField),
        ("0b", .malformedField), ("0c", .malformedField), ("0f", .malformedField), ("a1060102", .truncated),
        ("ffffffffffffffffffffff", .varintTooLong), ("0a02fffe", .malformedText), ("0801", .malformedField),
        ("1001", .missingField(StaticName("ServerName.host_name"))),
        ("0a0168 10ffffff0f", .malformedField), ("bb06c406", .malformedField),
    ])
    func malformedBytesAreErrors(_ text: String, _ expected: WireError) {
        #expect(throws: expected) { try ServerName(bytes(hex: text)) }
    }

    @Test func deepGroupsAreRefused() {
        let deep = [UInt8](repeating: 0x0B, count: 100_000)
        #expect(throws: WireError.malformedField) { try ServerName(deep) }
    }

    @Test func packedAndSingleNumbersAreRead() throws {
        var numbers: [UInt64] = []
        let message = bytes(hex: "0801" + "0a03 02ac02" + "0803")
        try withRaw(message) { (raw) throws in
            var reader = ProtobufReader(raw)
            while try reader.next() != nil { try reader.forEachNumber { numbers.append($0) } }
        }
        #expect(numbers == [1, 2, 300, 3])
    }
}
