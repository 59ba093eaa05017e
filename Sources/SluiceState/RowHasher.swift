public import SluiceColumns

/// Hashes key columns of a batch for key groups and routing to subtasks: one typed loop per column, a fixed seed.
///
/// Values that are equal in SQL get equal hashes whatever their width: integers are widened, zeros and NaNs of
/// floating point are made one.
public struct RowHasher {
    private var hashes: [UInt64] = []

    public init() {}

    private static let nullHash: UInt64 = 0x6A09_E667_F3BC_C909

    /// Calls `body` with a hash per row, valid only inside.
    public mutating func hash(
        _ batch: RecordBatch, _ columns: [Int], _ body: (UnsafeBufferPointer<UInt64>) -> Void
    ) {
        let count = batch.rowCount
        if hashes.count < count { hashes = Array(repeating: 0, count: count) }
        hashes.withUnsafeMutableBufferPointer { out in
            guard let base = out.baseAddress else { return }
            base.update(repeating: Hashing.routingSeed, count: count)
            for index in columns { RowHasher.add(batch.columns[index], count, base) }
            body(UnsafeBufferPointer(start: base, count: count))
        }
        withExtendedLifetime(batch) {}
    }

    private static func add(_ column: Column, _ count: Int, _ out: UnsafeMutablePointer<UInt64>) {
        switch column {
        case .bool(let values): fixed(values, count, out) { $0 ? 1 : 0 }
        case .int32(let values): fixed(values, count, out) { UInt64(bitPattern: Int64($0)) }
        case .int64(let values): fixed(values, count, out) { UInt64(bitPattern: $0) }
        case .float32(let values): fixed(values, count, out) { canonical(Double($0)) }
        case .float64(let values): fixed(values, count, out) { canonical($0) }
        case .int128(let values): fixed(values, count, out) { wide($0) }
        case .bytes(let values):
            for row in 0..<count {
                let hash =
                    values.isNull(row)
                    ? nullHash : Hashing.bytes(values.bytes(at: row), seed: Hashing.routingSeed)
                out[row] = Hashing.combine(out[row], hash)
            }
        case .constant(let value, _, _):
            let hash = datum(value)
            for row in 0..<count { out[row] = Hashing.combine(out[row], hash) }
        case .list, .map, .row:
            for row in 0..<count { out[row] = Hashing.combine(out[row], datum(column.datum(row))) }
        }
    }

    @inline(__always)
    private static func fixed<T>(
        _ column: FixedColumn<T>, _ count: Int, _ out: UnsafeMutablePointer<UInt64>, _ bits: (T) -> UInt64
    ) {
        let base = column.base
        if let validity = column.validity {
            for row in 0..<count {
                out[row] = Hashing.combine(out[row], validity[row] ? bits(base[row]) : nullHash)
            }
        } else {
            for row in 0..<count { out[row] = Hashing.combine(out[row], bits(base[row])) }
        }
        withExtendedLifetime(column.buffer) {}
    }

    @inline(__always)
    private static func canonical(_ value: Double) -> UInt64 {
        if value == 0 { return 0 }
        return value.isNaN ? 0x7FF8_0000_0000_0000 : value.bitPattern
    }

    @inline(__always)
    private static func wide(_ value: Int128) -> UInt64 {
        let low = UInt64(truncatingIfNeeded: value)
        let high = UInt64(truncatingIfNeeded: value >> 64)
        // A value that fits 64 bits hashes like one of 64 bits.
        let sign: UInt64 = low >> 63 == 0 ? 0 : UInt64.max
        return high == sign ? low : Hashing.combine(low, high)
    }

    private static func datum(_ value: Datum) -> UInt64 {
        switch value {
        case .null: return nullHash
        case .bool(let value): return value ? 1 : 0
        case .int32(let value): return UInt64(bitPattern: Int64(value))
        case .int64(let value): return UInt64(bitPattern: value)
        case .float32(let value): return canonical(Double(value))
        case .float64(let value): return canonical(value)
        case .int128(let value): return wide(value)
        case .bytes(let bytes): return bytes.withUnsafeBytes { Hashing.bytes($0, seed: Hashing.routingSeed) }
        case .list(let values), .row(let values):
            return values.reduce(Hashing.routingSeed) { Hashing.combine($0, datum($1)) }
        case .map(let entries):
            // The order of entries does not matter for equality.
            return entries.reduce(UInt64(entries.count)) { sum, entry in
                sum &+ Hashing.combine(datum(entry.key), datum(entry.value))
            }
        }
    }
}
