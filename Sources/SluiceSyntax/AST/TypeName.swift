public import SluiceBase

/// A data type as written in CAST or in a column list.
public struct TypeName: Sendable, Equatable {
    public var kind: Kind
    /// nil where neither NULL nor NOT NULL was written.
    public var isNullable: Bool?
    @NotCompared public var span: SourceSpan

    public init(_ kind: Kind, isNullable: Bool? = nil, span: SourceSpan = SourceSpan(0, 0)) {
        self.kind = kind
        self.isNullable = isNullable
        self.span = span
    }

    /// A missing length or precision is nil; the defaults are the binder's.
    public indirect enum Kind: Sendable, Equatable {
        case boolean
        case tinyint, smallint, int, bigint
        case float, double
        case decimal(precision: Int?, scale: Int?)
        case char(Int?)
        case varchar(Int?)
        case string
        case binary(Int?)
        case varbinary(Int?)
        case bytes
        case date
        case time(Int?)
        case timestamp(Int?)
        case timestampLTZ(Int?)
        case interval(IntervalQualifier)
        case array(TypeName)
        case multiset(TypeName)
        case map(TypeName, TypeName)
        case row([RowField])
        case structured(className: String, fields: [RowField])
        case raw(className: String, serializer: String)
        case variant
        case bitmap
        case null
        /// Any other name, which may belong to a user-defined type.
        case named(ObjectName)
    }
}

/// A field of ROW or STRUCTURED.
public struct RowField: Sendable, Equatable {
    public var name: Identifier
    public var type: TypeName
    public var comment: String?
}
