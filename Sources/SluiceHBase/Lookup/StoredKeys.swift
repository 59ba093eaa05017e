import SluiceColumns

/// The keys of a look-up as they are stored: row keys of a batch, one after the other, salted. Reused.
struct StoredKeys {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Keys without bytes.
    private(set) var emptyCount = 0

    var count: Int { ends.count }

    /// Takes the keys of a column. A key without bytes stays empty: HBase has no such row (B4).
    mutating func encode(_ column: Column, _ count: Int, _ codec: CellCodec, _ salt: Salt) {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        ends.reserveCapacity(count)
        emptyCount = 0
        if codec.isPlain, !salt.isOn, case .bytes(let values) = column, values.validity == nil {
            for row in 0..<count {
                let key = values.bytes(at: row)
                if key.isEmpty { emptyCount += 1 }
                bytes.append(contentsOf: key)
                ends.append(bytes.count)
            }
            return
        }
        for row in 0..<count {
            let start = bytes.count
            _ = codec.append(column, row, to: &bytes)
            salt.apply(&bytes, from: start)
            if bytes.count == start { emptyCount += 1 }
            ends.append(bytes.count)
        }
    }

    /// Calls `body` with each key and its number.
    func forEach(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { all in
            var start = 0
            for (number, end) in ends.enumerated() {
                body(number, UnsafeRawBufferPointer(rebasing: all[start..<end]))
                start = end
            }
        }
    }
}
