import SluiceBase
import SluiceColumns

/// How texts become values of a type.
enum ValueKind: UInt8 {
    case null, boolean, tinyint, smallint, int, bigint, float, double
    case decimal64, decimal128, string, bytes, date, time
    case timestamp64, timestamp128
    case list, map, row
}

/// The plan for one type, made once a decoder.
final class ValuePlan {
    let type: DataType
    let kind: ValueKind
    var precision = 0
    var scale = 0
    /// TIMESTAMP_LTZ: the text ends with Z.
    var isZoned = false
    /// Of an array one, of a map key and value, of a row its fields.
    var children: [ValuePlan] = []
    /// Of a row.
    var keys = JSONKeyTable([])
    var fieldNames: [String] = []

    init(_ type: DataType) throws(SQLError) {
        self.type = type
        switch type.kind {
        case .null: kind = .null
        case .boolean: kind = .boolean
        case .tinyint: kind = .tinyint
        case .smallint: kind = .smallint
        case .int, .intervalYearMonth: kind = .int
        case .bigint, .intervalDayTime: kind = .bigint
        case .float: kind = .float
        case .double: kind = .double
        case .decimal(let precision, let scale):
            kind = precision <= 18 ? .decimal64 : .decimal128
            self.precision = precision
            self.scale = scale
        case .char, .varchar: kind = .string
        case .binary, .varbinary: kind = .bytes
        case .date: kind = .date
        case .time: kind = .time
        case .timestamp(let precision), .timestampLTZ(let precision):
            kind = precision <= 6 ? .timestamp64 : .timestamp128
            self.precision = precision
            if case .timestampLTZ = type.kind { isZoned = true }
        case .array(let element):
            kind = .list
            children = [try ValuePlan(element)]
        case .map(let key, let value):
            kind = .map
            children = [try ValuePlan.key(key, of: type), try ValuePlan(value)]
        case .multiset(let element):
            kind = .map
            children = [try ValuePlan.key(element, of: type), try ValuePlan(.int)]
        case .row(let fields):
            kind = .row
            for field in fields { children.append(try ValuePlan(field.type)) }
            fieldNames = fields.map(\.name)
            keys = JSONKeyTable(fieldNames)
        }
    }

    private static func key(_ type: DataType, of map: DataType) throws(SQLError) -> ValuePlan {
        guard type.kind.isCharacter else {
            throw SQLError(
                .unsupported, "\(map) cannot be read or written: keys of maps must be strings here")
        }
        return try ValuePlan(type)
    }
}

/// A plan with the builder that its values go to.
final class ValueSlot {
    let plan: ValuePlan
    let kind: ValueKind
    let builder: ColumnBuilder
    let children: [ValueSlot]

    init(_ plan: ValuePlan, _ builder: ColumnBuilder) {
        self.plan = plan
        self.kind = plan.kind
        self.builder = builder
        switch builder.storage {
        case .list(let list): children = [ValueSlot(plan.children[0], list.values)]
        case .map(let map):
            children = [ValueSlot(plan.children[0], map.keys), ValueSlot(plan.children[1], map.values)]
        case .row(let row): children = zip(plan.children, row.fields).map { ValueSlot($0, $1) }
        default: children = []
        }
    }

    var count: Int { builder.count }

    func append(_ value: Int64) {
        switch builder.storage {
        case .int32(let builder): builder.append(Int32(truncatingIfNeeded: value))
        case .int64(let builder): builder.append(value)
        case .int128(let builder): builder.append(Int128(value))
        default: builder.appendNull()
        }
    }

    func append(_ value: Int128) {
        switch builder.storage {
        case .int64(let builder): builder.append(Int64(truncatingIfNeeded: value))
        case .int128(let builder): builder.append(value)
        default: builder.appendNull()
        }
    }

    func append(_ value: Double) {
        if case .float64(let builder) = builder.storage { builder.append(value) }
    }

    func append(_ value: Float) {
        if case .float32(let builder) = builder.storage { builder.append(value) }
    }

    func append(_ value: Bool) {
        if case .bool(let builder) = builder.storage { builder.append(value) }
    }

    func append(_ text: UnsafeRawBufferPointer) {
        if case .bytes(let builder) = builder.storage { builder.append(text) }
    }
}
