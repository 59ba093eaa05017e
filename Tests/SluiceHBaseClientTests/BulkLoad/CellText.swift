/// Cells for tests, in the layout of HFiles, written without the code under test.
struct CellText: Hashable {
    var row: [UInt8]
    var family: [UInt8]
    var qualifier: [UInt8]
    var timestamp: Int64
    var type: UInt8
    var value: [UInt8]

    init(_ row: String, _ family: String, _ qualifier: String, _ timestamp: Int64, _ value: String) {
        self.row = Array(row.utf8)
        self.family = Array(family.utf8)
        self.qualifier = Array(qualifier.utf8)
        self.timestamp = timestamp
        type = 4
        self.value = Array(value.utf8)
    }

    var key: [UInt8] {
        var bytes: [UInt8] = [UInt8(row.count >> 8), UInt8(row.count & 0xFF)] + row
        bytes += [UInt8(family.count)] + family + qualifier
        bytes += CellText.big(UInt64(bitPattern: timestamp), 8)
        return bytes + [type]
    }

    var bytes: [UInt8] {
        CellText.big(UInt64(key.count), 4) + CellText.big(UInt64(value.count), 4) + key + value
    }

    static func big(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    /// Written out once more, field by field.
    static func comesBefore(_ left: CellText, _ right: CellText) -> Bool {
        if left.row != right.row { return left.row.lexicographicallyPrecedes(right.row) }
        if left.family != right.family { return left.family.lexicographicallyPrecedes(right.family) }
        if left.qualifier != right.qualifier {
            return left.qualifier.lexicographicallyPrecedes(right.qualifier)
        }
        if left.timestamp != right.timestamp { return left.timestamp > right.timestamp }
        return left.type > right.type
    }
}
