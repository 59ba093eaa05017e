import SluiceBase
import SluiceTableStore

/// How the command line writes and prints a cell's value.
public enum HBaseValueType: String, Sendable, CaseIterable {
    /// Bytes as HBase's shell shows them.
    case string
    case tinyint, smallint, int, bigint, float, double, boolean
    /// Two digits a byte.
    case hex

    func encode(_ text: String) throws(SQLError) -> [UInt8] {
        var out: [UInt8] = []
        switch self {
        case .string: return HBaseBytes.parsePrintable(text)
        case .tinyint: HBaseBytes.append(int8: try number(text), to: &out)
        case .smallint: HBaseBytes.append(int16: try number(text), to: &out)
        case .int: HBaseBytes.append(int32: try number(text), to: &out)
        case .bigint: HBaseBytes.append(int64: try number(text), to: &out)
        case .float:
            guard let value = Float(text) else { throw refused(text) }
            HBaseBytes.append(float: value, to: &out)
        case .double:
            guard let value = Double(text) else { throw refused(text) }
            HBaseBytes.append(double: value, to: &out)
        case .boolean:
            guard let value = Bool(text.lowercased()) else { throw refused(text) }
            HBaseBytes.append(bool: value, to: &out)
        case .hex:
            let digits = Array(text.utf8)
            guard digits.count % 2 == 0 else { throw refused(text) }
            for start in stride(from: 0, to: digits.count, by: 2) {
                let pair = String(decoding: digits[start..<(start + 2)], as: UTF8.self)
                guard let byte = UInt8(pair, radix: 16) else { throw refused(text) }
                out.append(byte)
            }
        }
        return out
    }

    private func number<Value: FixedWidthInteger>(_ text: String) throws(SQLError) -> Value {
        guard let value = Value(text) else { throw refused(text) }
        return value
    }

    private func refused(_ text: String) -> SQLError {
        SQLError(.tableStore, "\"\(text)\" is no value of type \(rawValue)")
    }

    /// The value; bytes that do not fit the type are printed as they are.
    func text(_ bytes: [UInt8]) -> String {
        let typed: String? = bytes.withUnsafeBytes { bytes in
            switch self {
            case .string: return nil
            case .tinyint: return HBaseBytes.int8(bytes).map { String($0) }
            case .smallint: return HBaseBytes.int16(bytes).map { String($0) }
            case .int: return HBaseBytes.int32(bytes).map { String($0) }
            case .bigint: return HBaseBytes.int64(bytes).map { String($0) }
            case .float: return HBaseBytes.float(bytes).map { String($0) }
            case .double: return HBaseBytes.double(bytes).map { String($0) }
            case .boolean: return HBaseBytes.bool(bytes).map { String($0) }
            case .hex:
                return bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
            }
        }
        return typed ?? HBaseBytes.printable(bytes)
    }
}
