import SluiceColumns

/// A value type that has a fixed-width column.
protocol FixedValue: BitwiseCopyable, Sendable {
    static func fixed(_ column: Column) -> FixedColumn<Self>
    static func value(_ datum: Datum) -> Self?
    static func wrap(_ column: FixedColumn<Self>) -> Column
    static func datum(_ value: Self) -> Datum
    /// What lies under a NULL.
    static var placeholder: Self { get }
}

extension Bool: FixedValue {
    static func fixed(_ column: Column) -> FixedColumn<Bool> { column.bools }
    static func value(_ datum: Datum) -> Bool? {
        if case .bool(let value) = datum { return value }
        return nil
    }
    static func wrap(_ column: FixedColumn<Bool>) -> Column { .bool(column) }
    static func datum(_ value: Bool) -> Datum { .bool(value) }
    static var placeholder: Bool { false }
}

extension Int32: FixedValue {
    static func fixed(_ column: Column) -> FixedColumn<Int32> { column.int32s }
    static func value(_ datum: Datum) -> Int32? {
        if case .int32(let value) = datum { return value }
        return nil
    }
    static func wrap(_ column: FixedColumn<Int32>) -> Column { .int32(column) }
    static func datum(_ value: Int32) -> Datum { .int32(value) }
    static var placeholder: Int32 { 0 }
}

extension Int64: FixedValue {
    static func fixed(_ column: Column) -> FixedColumn<Int64> { column.int64s }
    static func value(_ datum: Datum) -> Int64? { datum.asInt64 }
    static func wrap(_ column: FixedColumn<Int64>) -> Column { .int64(column) }
    static func datum(_ value: Int64) -> Datum { .int64(value) }
    static var placeholder: Int64 { 0 }
}

extension Int128: FixedValue {
    static func fixed(_ column: Column) -> FixedColumn<Int128> { column.int128s }
    static func value(_ datum: Datum) -> Int128? { datum.asInt128 }
    static func wrap(_ column: FixedColumn<Int128>) -> Column { .int128(column) }
    static func datum(_ value: Int128) -> Datum { .int128(value) }
    static var placeholder: Int128 { 0 }
}

extension Float: FixedValue {
    static func fixed(_ column: Column) -> FixedColumn<Float> { column.float32s }
    static func value(_ datum: Datum) -> Float? {
        if case .float32(let value) = datum { return value }
        return nil
    }
    static func wrap(_ column: FixedColumn<Float>) -> Column { .float32(column) }
    static func datum(_ value: Float) -> Datum { .float32(value) }
    static var placeholder: Float { 0 }
}

extension Double: FixedValue {
    static func fixed(_ column: Column) -> FixedColumn<Double> { column.float64s }
    static func value(_ datum: Datum) -> Double? {
        if case .float64(let value) = datum { return value }
        return nil
    }
    static func wrap(_ column: FixedColumn<Double>) -> Column { .float64(column) }
    static func datum(_ value: Double) -> Datum { .float64(value) }
    static var placeholder: Double { 0 }
}
