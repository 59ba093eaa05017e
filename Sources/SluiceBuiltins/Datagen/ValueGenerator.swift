import SluiceBase
import SluiceColumns
import SluiceConnect

/// Makes the values of a column.
indirect enum ValueGenerator: Sendable {
    case sequence(start: Int64, end: Int64, type: DataType)
    case integer(min: Int64, max: Int64, type: DataType)
    case float(min: Double, max: Double, type: DataType)
    case decimal(min: Double, max: Double, precision: Int, scale: Int)
    case boolean
    case text(length: Int, varies: Bool)
    case bytes(length: Int, varies: Bool)
    case date
    case time
    /// Up to so many milliseconds ago.
    case timestamp(maxPast: Int64, precision: Int)
    case array(ValueGenerator, length: Int)
    case map(ValueGenerator, ValueGenerator, length: Int)
    case row([ValueGenerator])
    case nullable(ValueGenerator, rate: Double)

    /// `known` collects the option keys that mean something here.
    init(
        _ type: DataType, _ prefix: String, _ options: TableOptions, _ known: inout Set<String>
    ) throws(SQLError) {
        let reader = DatagenOptions(options, prefix)
        defer { known.formUnion(reader.keys) }
        switch options["\(prefix).kind"] ?? "random" {
        case "random": break
        case "sequence":
            self = try ValueGenerator.sequence(type, reader)
            return
        default: throw options.wrong("\(prefix).kind", options["\(prefix).kind"] ?? "", "random or sequence")
        }
        let plain = try ValueGenerator.random(type, prefix, reader, options, &known)
        let rate = try reader.double("null-rate") ?? 0
        self = rate > 0 ? .nullable(plain, rate: rate) : plain
    }

    private static func sequence(_ type: DataType, _ reader: DatagenOptions) throws(SQLError)
        -> ValueGenerator
    {
        guard let start = try reader.integer("start"), let end = try reader.integer("end") else {
            throw SQLError(
                .connectorOption,
                "a sequence needs the options '\(reader.prefix).start' and '\(reader.prefix).end'")
        }
        guard end >= start else {
            throw reader.options.wrong("\(reader.prefix).end", "\(end)", "at least the start")
        }
        let kind = type.kind
        guard kind.isNumeric || kind.isCharacter else {
            throw SQLError(.unsupported, "datagen cannot make a sequence of \(type)")
        }
        return .sequence(start: start, end: end, type: type)
    }

    private static func random(
        _ type: DataType, _ prefix: String, _ reader: DatagenOptions, _ options: TableOptions,
        _ known: inout Set<String>
    ) throws(SQLError) -> ValueGenerator {
        switch type.kind {
        case .boolean: return .boolean
        case .tinyint: return try integer(reader, -128, 127, type)
        case .smallint: return try integer(reader, -32768, 32767, type)
        case .int: return try integer(reader, Int64(Int32.min), Int64(Int32.max), type)
        case .bigint: return try integer(reader, .min, .max, type)
        case .intervalYearMonth: return try integer(reader, 0, 120_000, type)
        case .intervalDayTime: return try integer(reader, 0, .max, type)
        case .float:
            let largest = Double(Float.greatestFiniteMagnitude)
            return try float(reader, Double(Float.leastNonzeroMagnitude), largest, type)
        case .double: return try float(reader, .leastNonzeroMagnitude, .greatestFiniteMagnitude, type)
        case .decimal(let precision, let scale):
            let limit = Double(powerOfTen(Swift.min(precision - scale, 19)))
            return .decimal(
                min: try reader.double("min") ?? 0, max: try reader.double("max") ?? limit,
                precision: precision, scale: scale)
        case .char(let length): return .text(length: length, varies: false)
        case .varchar(let length):
            let wanted = Int(try reader.integer("length") ?? Int64(Swift.min(length, 100)))
            return .text(length: try checked(wanted, length, reader), varies: try reader.flag("var-len"))
        case .binary(let length): return .bytes(length: length, varies: false)
        case .varbinary(let length):
            let wanted = Int(try reader.integer("length") ?? Int64(Swift.min(length, 100)))
            return .bytes(length: try checked(wanted, length, reader), varies: try reader.flag("var-len"))
        case .date: return .date
        case .time: return .time
        case .timestamp(let precision), .timestampLTZ(let precision):
            return .timestamp(maxPast: try reader.duration("max-past") ?? 0, precision: precision)
        case .array(let element):
            let inner = try ValueGenerator(element, prefix + ".element", options, &known)
            return .array(inner, length: try checked(Int(try reader.integer("length") ?? 3), 100_000, reader))
        case .map(let key, let value):
            let keys = try ValueGenerator(key, prefix + ".key", options, &known)
            let values = try ValueGenerator(value, prefix + ".value", options, &known)
            return .map(
                keys, values, length: try checked(Int(try reader.integer("length") ?? 3), 100_000, reader))
        case .multiset(let element):
            let keys = try ValueGenerator(element, prefix + ".element", options, &known)
            let counts = ValueGenerator.integer(min: 1, max: 10, type: .int)
            return .map(
                keys, counts, length: try checked(Int(try reader.integer("length") ?? 3), 100_000, reader))
        case .row(let fields):
            var children: [ValueGenerator] = []
            for field in fields {
                children.append(try ValueGenerator(field.type, "\(prefix).\(field.name)", options, &known))
            }
            return .row(children)
        case .null: return .nullable(.boolean, rate: 1)
        }
    }

    private static func checked(_ length: Int, _ limit: Int, _ reader: DatagenOptions) throws(SQLError) -> Int
    {
        guard length >= 0, length <= limit, length <= 1 << 20 else {
            throw reader.options.wrong(
                "\(reader.prefix).length", "\(length)", "at most \(Swift.min(limit, 1 << 20))")
        }
        return length
    }

    private static func integer(
        _ reader: DatagenOptions, _ low: Int64, _ high: Int64, _ type: DataType
    ) throws(SQLError) -> ValueGenerator {
        let min = try reader.integer("min") ?? low
        let max = try reader.integer("max") ?? high
        guard min >= low, max <= high, min <= max else {
            throw SQLError(
                .connectorOption, "options '\(reader.prefix).min' and '.max' must give a range of \(type)")
        }
        return .integer(min: min, max: max, type: type)
    }

    private static func float(
        _ reader: DatagenOptions, _ low: Double, _ high: Double, _ type: DataType
    ) throws(SQLError) -> ValueGenerator {
        .float(min: try reader.double("min") ?? low, max: try reader.double("max") ?? high, type: type)
    }

    /// Values until a sequence is used up.
    var sequenceCount: Int64? {
        guard case .sequence(let start, let end, _) = self else { return nil }
        let (span, overflow) = end.subtractingReportingOverflow(start)
        return overflow || span == .max ? Int64.max : span + 1
    }
}
