/// Kinds of mutations (`MutationProto.MutationType`).
public enum MutationKind: UInt8, Sendable, Hashable {
    case append = 0
    case increment = 1
    case put = 2
    case delete = 3
}

/// How a condition or filter compares (`CompareType`). In a filter: value of the cell OP given value. In a
/// condition it is the reverse: given value OP stored value.
public enum CompareOperator: UInt32, Sendable, Hashable {
    case less = 0
    case lessOrEqual = 1
    case equal = 2
    case notEqual = 3
    case greaterOrEqual = 4
    case greater = 5
}

/// Parts of a `MultiRequest`, written straight into the frame. Order: `beginRegionAction`, a condition if there is
/// one, actions, `end`; then the next region; at last `nonceGroup`.
///
/// Indices of actions come back with their answers; 0 is left for "none given", so begin at 1. In an atomic or
/// conditional region action the answer counts from 0 instead, whatever was sent.
extension ProtobufWriter {
    /// `expecting`: a guess of the bytes of all actions.
    public mutating func beginRegionAction(region: [UInt8], atomic: Bool = false, expecting: Int = 0) -> Mark
    {
        let mark = begin(1, expecting: expecting)
        let specifier = begin(1)
        field(1, RegionSpecifier.Kind.name.rawValue)
        field(2, region)
        end(specifier)
        if atomic { field(2, true) }
        return mark
    }

    /// `fields`: the Get's fields other than the row, encoded once (`Get.fields`).
    public mutating func getAction(index: UInt32, row: UnsafeRawBufferPointer, fields: UnsafeRawBufferPointer)
    {
        let get = 1 + varintSize(UInt64(row.count)) + row.count + fields.count
        let action = 1 + varintSize(UInt64(index)) + 1 + varintSize(UInt64(get)) + get
        append(maximum: 11 + action) { target in
            var used = ProtobufWriter.actionStart(target, action, index)
            target[used] = 3 << 3 | 2
            used += 1
            used += (target + used).storeVarint(UInt64(get))
            target[used] = 1 << 3 | 2
            used += 1
            used += (target + used).storeVarint(UInt64(row.count))
            used += (target + used).store(row)
            return used + (target + used).store(fields)
        }
    }

    private static func actionStart(
        _ target: UnsafeMutablePointer<UInt8>, _ length: Int, _ index: UInt32
    ) -> Int {
        target[0] = 3 << 3 | 2
        var used = 1 + (target + 1).storeVarint(UInt64(length))
        target[used] = 1 << 3
        used += 1
        return used + (target + used).storeVarint(UInt64(index))
    }

    /// The cells follow in the cell block, in the order of the mutations. `fields`: further fields of the mutation
    /// (`MutationFields.encoded`), such as a time to live.
    public mutating func mutationAction(
        index: UInt32, _ kind: MutationKind, row: UnsafeRawBufferPointer, cellCount: Int,
        fields: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        let cells = UInt64(max(cellCount, 0))
        let mutation =
            1 + varintSize(UInt64(row.count)) + row.count + 2 + fields.count + 1 + varintSize(cells)
        let action = 1 + varintSize(UInt64(index)) + 1 + varintSize(UInt64(mutation)) + mutation
        append(maximum: 11 + action) { target in
            var used = ProtobufWriter.actionStart(target, action, index)
            target[used] = 2 << 3 | 2
            used += 1
            used += (target + used).storeVarint(UInt64(mutation))
            target[used] = 1 << 3 | 2
            used += 1
            used += (target + used).storeVarint(UInt64(row.count))
            used += (target + used).store(row)
            target[used] = 2 << 3
            target[used + 1] = kind.rawValue
            used += 2
            used += (target + used).store(fields)
            target[used] = 8 << 3
            used += 1
            return used + (target + used).storeVarint(cells)
        }
    }

    /// The condition of a region action: all its mutations are applied only when it holds.
    public mutating func actionCondition(_ condition: Condition) { field(4, condition) }

    public mutating func nonceGroup(_ group: UInt64) { if group != 0 { field(2, group) } }
}

/// Fields of a `MutationProto` beside row, kind and cells.
public struct MutationFields: Sendable, Hashable {
    /// `MutationProto.Durability`.
    public enum Durability: UInt32, Sendable, Hashable {
        case tableDefault = 0
        case skipLog = 1
        case asyncLog = 2
        case syncLog = 3
        case fsyncLog = 4
    }

    /// Milliseconds after which the server drops the cells.
    public var timeToLiveMillis: Int64?
    /// Of a whole-row delete, which has no cells: milliseconds; nil: the server's clock.
    public var timestamp: Int64?
    public var durability = Durability.tableDefault
    /// False: no values come back from an increment or append.
    public var wantsResult = true
    /// 0: none. The same on every try of one operation.
    public var nonce: UInt64 = 0

    public init() {}

    public func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 64)
        if let timestamp { writer.field(4, timestamp) }
        if let timeToLiveMillis {
            let bytes = withUnsafeBytes(of: timeToLiveMillis.bigEndian) { [UInt8]($0) }
            writer.field(5, NameBytesPair(name: "_ttl", value: bytes))
        }
        if !wantsResult { writer.field(5, NameBytesPair(name: "_rr_", value: [0])) }
        if durability != .tableDefault { writer.field(6, durability.rawValue) }
        if nonce != 0 { writer.field(9, nonce) }
        return writer.finish()
    }
}

/// What must hold of a row for its mutations to be applied (`hbase.pb.Condition`).
///
/// A missing cell satisfies `equal` with an empty value and nothing else. Values compare as unsigned bytes.
public struct Condition: Sendable, Hashable, ProtobufWritable {
    public var row: [UInt8]
    public var family: [UInt8]
    public var qualifier: [UInt8]
    /// Given value OP stored value.
    public var compare: CompareOperator
    public var value: [UInt8]

    public init(
        row: [UInt8], family: [UInt8], qualifier: [UInt8], _ compare: CompareOperator, value: [UInt8]
    ) {
        self.row = row
        self.family = family
        self.qualifier = qualifier
        self.compare = compare
        self.value = value
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, row)
        writer.field(2, family)
        writer.field(3, qualifier)
        writer.field(4, compare.rawValue)
        writer.field(5, Comparator.binary(value))
    }
}
