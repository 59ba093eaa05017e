import SluiceColumns

/// The rows that an aggregate takes from a batch: its groups, its weights and its FILTER.
struct AggregateInput {
    let rows: UnsafeBufferPointer<Int32>
    let groups: UnsafeBufferPointer<UInt32>
    let weights: UnsafeBufferPointer<Int8>?
    let filter: FixedColumn<Bool>?

    init(
        _ batch: RecordBatch, _ filter: Int?, _ rows: UnsafeBufferPointer<Int32>,
        _ groups: UnsafeBufferPointer<UInt32>, _ weights: UnsafeBufferPointer<Int8>?
    ) {
        self.rows = rows
        self.groups = groups
        self.weights = weights
        self.filter = filter.map { batch.columns[$0].bools }
    }

    /// Calls `body` for each row that passes the filter and is valid in `validity`.
    @inline(__always)
    func forEach<Failure: Error>(
        _ validity: Bitmap?, _ body: (_ row: Int, _ group: Int, _ weight: Int64) throws(Failure) -> Void
    ) throws(Failure) {
        let count = rows.count
        if filter == nil && validity == nil && weights == nil {
            for index in 0..<count { try body(Int(rows[index]), Int(groups[index]), 1) }
            return
        }
        if filter == nil && weights == nil, let validity {
            for index in 0..<count {
                let row = Int(rows[index])
                if validity[row] { try body(row, Int(groups[index]), 1) }
            }
            return
        }
        for index in 0..<count {
            let row = Int(rows[index])
            if let validity, !validity[row] { continue }
            if let filter, filter.isNull(row) || !filter[row] { continue }
            try body(row, Int(groups[index]), weights.map { Int64($0[index]) } ?? 1)
        }
    }
}

/// Dense, zero-filled states by group number.
struct StateArray<Element: BitwiseCopyable>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init() {
        capacity = 16
        pointer = .allocate(capacity: capacity)
    }

    deinit { pointer.deallocate() }

    var byteCount: Int { capacity * MemoryLayout<Element>.stride }

    /// Room for `wanted` states; those that were not there are zero.
    mutating func resize(_ wanted: Int) {
        if wanted > capacity {
            let larger = Swift.max(wanted, capacity * 2)
            let fresh = UnsafeMutablePointer<Element>.allocate(capacity: larger)
            fresh.update(from: pointer, count: count)
            pointer.deallocate()
            pointer = fresh
            capacity = larger
        }
        if wanted > count {
            UnsafeMutableRawPointer(pointer + count).initializeMemory(
                as: UInt8.self, repeating: 0, count: (wanted - count) * MemoryLayout<Element>.stride)
        }
        count = wanted
    }

    func clear(_ index: Int) {
        UnsafeMutableRawPointer(pointer + index).initializeMemory(
            as: UInt8.self, repeating: 0, count: MemoryLayout<Element>.stride)
    }
}

/// A value with a fixed-width column, as states keep it.
protocol StateValue: BitwiseCopyable, Sendable {
    static func typed(_ column: Column) -> FixedColumn<Self>
    static func append(_ value: Self, to out: ColumnBuilder)
    /// The typed builder of a column of such values.
    static func builder(_ out: ColumnBuilder) -> FixedBuilder<Self>?
    static func precedes(_ a: Self, _ b: Self) -> Bool
}

extension Bool: StateValue {
    static func typed(_ column: Column) -> FixedColumn<Bool> { column.bools }
    static func append(_ value: Bool, to out: ColumnBuilder) {
        if case .bool(let builder) = out.storage { builder.append(value) } else { out.appendNull() }
    }
    static func builder(_ out: ColumnBuilder) -> FixedBuilder<Bool>? {
        if case .bool(let builder) = out.storage { return builder }
        return nil
    }
    @inline(__always) static func precedes(_ a: Bool, _ b: Bool) -> Bool { !a && b }
}

extension Int32: StateValue {
    static func typed(_ column: Column) -> FixedColumn<Int32> { column.int32s }
    static func append(_ value: Int32, to out: ColumnBuilder) {
        if case .int32(let builder) = out.storage { builder.append(value) } else { out.appendNull() }
    }
    static func builder(_ out: ColumnBuilder) -> FixedBuilder<Int32>? {
        if case .int32(let builder) = out.storage { return builder }
        return nil
    }
    @inline(__always) static func precedes(_ a: Int32, _ b: Int32) -> Bool { a < b }
}

extension Int64: StateValue {
    static func typed(_ column: Column) -> FixedColumn<Int64> { column.int64s }
    static func append(_ value: Int64, to out: ColumnBuilder) {
        if case .int64(let builder) = out.storage { builder.append(value) } else { out.appendNull() }
    }
    static func builder(_ out: ColumnBuilder) -> FixedBuilder<Int64>? {
        if case .int64(let builder) = out.storage { return builder }
        return nil
    }
    @inline(__always) static func precedes(_ a: Int64, _ b: Int64) -> Bool { a < b }
}

extension Int128: StateValue {
    static func typed(_ column: Column) -> FixedColumn<Int128> { column.int128s }
    static func append(_ value: Int128, to out: ColumnBuilder) {
        if case .int128(let builder) = out.storage { builder.append(value) } else { out.appendNull() }
    }
    static func builder(_ out: ColumnBuilder) -> FixedBuilder<Int128>? {
        if case .int128(let builder) = out.storage { return builder }
        return nil
    }
    @inline(__always) static func precedes(_ a: Int128, _ b: Int128) -> Bool { a < b }
}

extension Float: StateValue {
    static func typed(_ column: Column) -> FixedColumn<Float> { column.float32s }
    static func append(_ value: Float, to out: ColumnBuilder) {
        if case .float32(let builder) = out.storage { builder.append(value) } else { out.appendNull() }
    }
    static func builder(_ out: ColumnBuilder) -> FixedBuilder<Float>? {
        if case .float32(let builder) = out.storage { return builder }
        return nil
    }
    @inline(__always) static func precedes(_ a: Float, _ b: Float) -> Bool { a < b }
}

extension Double: StateValue {
    static func typed(_ column: Column) -> FixedColumn<Double> { column.float64s }
    static func append(_ value: Double, to out: ColumnBuilder) {
        if case .float64(let builder) = out.storage { builder.append(value) } else { out.appendNull() }
    }
    static func builder(_ out: ColumnBuilder) -> FixedBuilder<Double>? {
        if case .float64(let builder) = out.storage { return builder }
        return nil
    }
    @inline(__always) static func precedes(_ a: Double, _ b: Double) -> Bool { a < b }
}
