import SluiceBase
import SluiceColumns

/// `a IN (…)`: a lookup for constants, else one comparison an element.
enum InKernels {
    static func kernel(_ call: BoundExpr) throws(SQLError) -> Kernel {
        guard case .call(_, let arguments) = call.kind, let value = arguments.first else {
            throw SQLError(.internalError, "IN without operands", span: call.span)
        }
        var constants: [Datum] = []
        for element in arguments.dropFirst() {
            guard let literal = element.literalValue else { return pairwise(value.type, arguments) }
            constants.append(literal)
        }
        let hasNull = constants.contains { $0.isNull }
        let known = constants.filter { !$0.isNull }
        switch value.type.physical {
        case .int32:
            return fixed(Set(known.compactMap { Int32.value($0) }), hasNull)
        case .int64:
            return fixed(Set(known.compactMap { Int64.value($0) }), hasNull)
        case .int128:
            return fixed(Set(known.compactMap { Int128.value($0) }), hasNull)
        case .bytes: return bytes(known, hasNull)
        default: return pairwise(value.type, arguments)
        }
    }

    /// TRUE if found, else FALSE, or NULL if the list holds a NULL.
    private static func fixed<T: FixedValue & Hashable>(_ set: Set<T>, _ hasNull: Bool) -> Kernel {
        let list = Array(set)
        if list.count <= 8 {
            return { arguments, count, _ throws(SQLError) in
                let found = Loops.map(arguments[0], count, .boolean) { (x: T) in
                    var isIn = false
                    for element in list where element == x { isIn = true }
                    return isIn
                }
                return hasNull ? falseToNull(found, count) : found
            }
        }
        return { arguments, count, _ throws(SQLError) in
            let found = Loops.map(arguments[0], count, .boolean) { (x: T) in set.contains(x) }
            return hasNull ? falseToNull(found, count) : found
        }
    }

    private static func bytes(_ constants: [Datum], _ hasNull: Bool) -> Kernel {
        let table = BytesTable(
            constants.compactMap { datum -> [UInt8]? in
                if case .bytes(let value) = datum { return value }
                return nil
            })
        return { arguments, count, _ throws(SQLError) in
            if let constant = arguments[0].constantValue {
                guard case .bytes(let value) = constant else {
                    return .constant(.null, type: .boolean, count: count)
                }
                let isIn = value.withUnsafeBytes { table.contains($0) }
                let result: Datum = isIn ? .bool(true) : (hasNull ? .null : .bool(false))
                return .constant(result, type: .boolean, count: count)
            }
            let column = arguments[0].bytes
            let found = FixedColumn<Bool>(count: count, validity: column.validity) { to in
                for index in 0..<count { to[index] = table.contains(column.bytes(at: index)) }
            }
            return hasNull ? falseToNull(.bool(found), count) : .bool(found)
        }
    }

    private static func falseToNull(_ column: Column, _ count: Int) -> Column {
        if let constant = column.constantValue {
            return constant == .bool(true) ? column : .constant(.null, type: .boolean, count: count)
        }
        let values = column.bools
        let validity = Bitmap(count) { !values.isNull($0) && values[$0] }
        return .bool(values.with(validity: validity))
    }

    private static func pairwise(_ type: DataType, _ arguments: [BoundExpr]) -> Kernel {
        let kernels = arguments.dropFirst().map { element in
            ComparisonKernels.comparison(.equal, type, element.type)
        }
        return { columns, count, context throws(SQLError) in
            var result: Column = .constant(.bool(false), type: .boolean, count: count)
            for (index, kernel) in kernels.enumerated() {
                let match = try kernel([columns[0], columns[index + 1]], count, context)
                result = LogicKernels.combine(result, match, count, isAnd: false)
            }
            return result
        }
    }
}

/// A fixed set of byte strings with lookups that allocate nothing.
struct BytesTable: Sendable {
    private var slots: [UInt64: [Int]] = [:]
    private var values: [[UInt8]]

    init(_ values: [[UInt8]]) {
        self.values = values
        for (index, value) in values.enumerated() {
            let hash = value.withUnsafeBytes { Hashing.bytes($0, seed: 0) }
            slots[hash, default: []].append(index)
        }
    }

    func contains(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let candidates = slots[Hashing.bytes(bytes, seed: 0)] else { return false }
        for index in candidates where values[index].withUnsafeBytes({ Comparison.bytes($0, bytes) == 0 }) {
            return true
        }
        return false
    }
}
