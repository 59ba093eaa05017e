import SluiceTableStore
import Testing

@Suite("HBase byte encodings")
struct HBaseBytesTests {
    private func bytes(_ body: (inout [UInt8]) -> Void) -> [UInt8] {
        var out: [UInt8] = []
        body(&out)
        return out
    }

    @Test("numbers are big-endian")
    func numbers() {
        #expect(bytes { HBaseBytes.append(int8: -2, to: &$0) } == [0xFE])
        #expect(bytes { HBaseBytes.append(int16: 0x0102, to: &$0) } == [1, 2])
        #expect(bytes { HBaseBytes.append(int32: -1, to: &$0) } == [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(bytes { HBaseBytes.append(int64: 60000, to: &$0) } == [0, 0, 0, 0, 0, 0, 0xEA, 0x60])
        #expect(bytes { HBaseBytes.append(float: 1, to: &$0) } == [0x3F, 0x80, 0, 0])
        #expect(bytes { HBaseBytes.append(double: -2, to: &$0) } == [0xC0, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes { HBaseBytes.append(bool: true, to: &$0) } == [0xFF])
        #expect(bytes { HBaseBytes.append(bool: false, to: &$0) } == [0])
    }

    @Test("decimals are scale and minimal two's complement")
    func decimals() {
        let cases: [(Int128, Int32, [UInt8])] = [
            (0, 0, [0, 0, 0, 0, 0]), (127, 2, [0, 0, 0, 2, 0x7F]), (128, 2, [0, 0, 0, 2, 0, 0x80]),
            (-128, 1, [0, 0, 0, 1, 0x80]), (-129, 1, [0, 0, 0, 1, 0xFF, 0x7F]),
            (12345, 2, [0, 0, 0, 2, 0x30, 0x39]), (-1, -3, [0xFF, 0xFF, 0xFF, 0xFD, 0xFF]),
            (.min, 0, [0, 0, 0, 0, 0x80] + [UInt8](repeating: 0, count: 15)),
        ]
        for (unscaled, scale, expected) in cases {
            let encoded = bytes { HBaseBytes.append(decimal: unscaled, scale: scale, to: &$0) }
            #expect(encoded == expected)
            let decoded = encoded.withUnsafeBytes { HBaseBytes.decimal($0) }
            #expect(decoded?.unscaled == unscaled)
            #expect(decoded?.scale == scale)
        }
        let padded: [UInt8] = [0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 20)
        #expect(padded.withUnsafeBytes { HBaseBytes.decimal($0) }?.unscaled == -1)
        let tooLarge: [UInt8] = [0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 16)
        #expect(tooLarge.withUnsafeBytes { HBaseBytes.decimal($0) } == nil)
        let short: [UInt8] = [0, 0, 0, 0]
        #expect(short.withUnsafeBytes { HBaseBytes.decimal($0) } == nil)
    }

    @Test("bytes of another length are no value")
    func lengths() {
        for count in 0..<12 {
            let bytes = [UInt8](repeating: 1, count: count)
            bytes.withUnsafeBytes {
                #expect((HBaseBytes.int8($0) != nil) == (count == 1))
                #expect((HBaseBytes.bool($0) != nil) == (count == 1))
                #expect((HBaseBytes.int16($0) != nil) == (count == 2))
                #expect((HBaseBytes.int32($0) != nil) == (count == 4))
                #expect((HBaseBytes.double($0) != nil) == (count == 8))
            }
        }
    }

    @Test("printing escapes what is not printable and can be read back")
    func printable() {
        let bytes: [UInt8] = [0, 0x41, 0x5C, 0xFF, 0x7E, 0x20, 0x0A]
        let text = HBaseBytes.printable(bytes)
        #expect(text == "\\x00A\\x5C\\xFF~ \\x0A")
        #expect(HBaseBytes.parsePrintable(text) == bytes)
        #expect(HBaseBytes.parsePrintable("a\\x4") == Array("a\\x4".utf8))
    }
}
