/// ARRAY values: row i holds `values[offsets[i] ..< offsets[i + 1]]`. Offsets are absolute in `values`.
public struct ListColumn: Sendable {
    /// `count + 1` entries.
    public let offsets: FixedColumn<Int32>
    public let values: ColumnBox
    public let count: Int
    public let validity: Bitmap?

    public init(offsets: FixedColumn<Int32>, values: Column, count: Int, validity: Bitmap?) {
        self.offsets = offsets
        self.values = ColumnBox(values)
        self.count = count
        self.validity = validity
    }
    public func range(_ index: Int) -> Range<Int> { Int(offsets[index])..<Int(offsets[index + 1]) }
}

/// MAP and MULTISET values, laid out like lists of entries.
public struct MapColumn: Sendable {
    public let offsets: FixedColumn<Int32>
    public let keys: ColumnBox
    public let values: ColumnBox
    public let count: Int
    public let validity: Bitmap?

    public init(offsets: FixedColumn<Int32>, keys: Column, values: Column, count: Int, validity: Bitmap?) {
        self.offsets = offsets
        self.keys = ColumnBox(keys)
        self.values = ColumnBox(values)
        self.count = count
        self.validity = validity
    }
    public func range(_ index: Int) -> Range<Int> { Int(offsets[index])..<Int(offsets[index + 1]) }
}

/// ROW values, a child column per field.
public struct RowColumn: Sendable {
    public let fields: [Column]
    public let count: Int
    public let validity: Bitmap?

    public init(fields: [Column], count: Int, validity: Bitmap?) {
        self.fields = fields
        self.count = count
        self.validity = validity
    }
}

/// Gives a nested column its fixed size.
public final class ColumnBox: Sendable {
    public let column: Column
    public init(_ column: Column) { self.column = column }
}
