import SluiceBase

/// What a batch adds to counters: one sum a cell instead of one increment a row, in order of appearance.
struct CounterSums {
    private let columns: Int
    private var order: [[UInt8]] = []
    private var sums: [[UInt8]: [Int64?]] = [:]

    init(columns: Int) { self.columns = columns }

    mutating func add(_ amount: Int64, _ key: UnsafeRawBufferPointer, _ column: Int) {
        let key = [UInt8](key)
        if sums[key] == nil { order.append(key) }
        let old = sums[key]?[column] ?? 0
        sums[key, default: Array(repeating: nil, count: columns)][column] = old &+ amount
    }

    func forEach(_ body: (UnsafeRawBufferPointer, Int, Int64) throws(SQLError) -> Void) throws(SQLError) {
        for key in order {
            guard let row = sums[key] else { continue }
            try key.withBytes { (bytes) throws(SQLError) in
                for (column, sum) in row.enumerated() {
                    if let sum { try body(bytes, column, sum) }
                }
            }
        }
    }
}
