import SluiceBase
import SluiceColumns

/// The loops of comparisons. Operands have one layout, or are decimals of any scale.
enum ComparisonKernels {
    enum Order: Sendable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

        init?(_ name: String) {
            switch name {
            case "=", "IS NOT DISTINCT FROM": self = .equal
            case "<>", "IS DISTINCT FROM": self = .notEqual
            case "<": self = .less
            case "<=": self = .lessOrEqual
            case ">": self = .greater
            case ">=": self = .greaterOrEqual
            default: return nil
            }
        }

        @inline(__always)
        func holds(_ comparison: Int) -> Bool {
            switch self {
            case .equal: return comparison == 0
            case .notEqual: return comparison != 0
            case .less: return comparison < 0
            case .lessOrEqual: return comparison <= 0
            case .greater: return comparison > 0
            case .greaterOrEqual: return comparison >= 0
            }
        }
    }

    static func kernel(_ call: BoundExpr) throws(SQLError) -> Kernel {
        guard case .call(let name, let arguments) = call.kind, arguments.count == 2, let order = Order(name)
        else { throw SQLError(.internalError, "not a comparison", span: call.span) }
        let plain = comparison(order, arguments[0].type, arguments[1].type)
        guard name.hasPrefix("IS ") else { return plain }
        let whenOneIsNull = name == "IS DISTINCT FROM"
        return { arguments, count, context throws(SQLError) in
            let values = try plain(arguments, count, context)
            return nullSafe(values, arguments[0], arguments[1], count, whenOneIsNull)
        }
    }

    /// Fills the NULLs of an equality: NULLs equal each other and nothing else.
    private static func nullSafe(
        _ values: Column, _ a: Column, _ b: Column, _ count: Int, _ isDistinct: Bool
    ) -> Column {
        if a.validity == nil && b.validity == nil { return values }
        let known = values.bools
        return .bool(
            FixedColumn<Bool>(count: count) { to in
                for index in 0..<count {
                    let leftNull = a.isNull(index)
                    let rightNull = b.isNull(index)
                    to[index] = leftNull || rightNull ? (leftNull != rightNull) == isDistinct : known[index]
                }
            })
    }

    static func comparison(_ order: Order, _ left: DataType, _ right: DataType) -> Kernel {
        if left.kind.isDecimal && right.kind.isDecimal { return decimals(order, left.kind, right.kind) }
        guard left.physical == right.physical else { return unequalKinds(order) }
        switch left.physical {
        case .bool: return booleans(order)
        case .int32: return fixed(order, Int32.self)
        case .int64: return fixed(order, Int64.self)
        case .int128: return fixed(order, Int128.self)
        case .float32: return fixed(order, Float.self)
        case .float64: return fixed(order, Double.self)
        case .bytes: return bytes(order)
        case .list, .map, .row: return nested(order)
        }
    }

    private static func fixed<T: FixedValue & Comparable>(_ order: Order, _: T.Type) -> Kernel {
        switch order {
        case .equal:
            return { a, count, _ in Loops.map2(a[0], a[1], count, .boolean) { (x: T, y: T) in x == y } }
        case .notEqual:
            return { a, count, _ in Loops.map2(a[0], a[1], count, .boolean) { (x: T, y: T) in x != y } }
        case .less:
            return { a, count, _ in Loops.map2(a[0], a[1], count, .boolean) { (x: T, y: T) in x < y } }
        case .lessOrEqual:
            return { a, count, _ in Loops.map2(a[0], a[1], count, .boolean) { (x: T, y: T) in x <= y } }
        case .greater:
            return { a, count, _ in Loops.map2(a[0], a[1], count, .boolean) { (x: T, y: T) in x > y } }
        case .greaterOrEqual:
            return { a, count, _ in Loops.map2(a[0], a[1], count, .boolean) { (x: T, y: T) in x >= y } }
        }
    }

    private static func booleans(_ order: Order) -> Kernel {
        { a, count, _ in
            Loops.map2(a[0], a[1], count, .boolean) { (x: Bool, y: Bool) in
                order.holds(x == y ? 0 : (y ? -1 : 1))
            }
        }
    }

    private static func decimals(_ order: Order, _ left: TypeKind, _ right: TypeKind) -> Kernel {
        let (p1, s1) = TypeRules.decimalShape(left)
        let (p2, s2) = TypeRules.decimalShape(right)
        if s1 == s2 && left.physical == right.physical {
            return left.physical == .int64 ? fixed(order, Int64.self) : fixed(order, Int128.self)
        }
        let common = max(s1, s2)
        if p1 <= 18 && p2 <= 18 && p1 + common - s1 <= 18 && p2 + common - s2 <= 18 {
            let f1 = Int64(truncatingIfNeeded: DecimalMath.signedPower(common - s1))
            let f2 = Int64(truncatingIfNeeded: DecimalMath.signedPower(common - s2))
            return { a, count, _ in
                Loops.map2(a[0], a[1], count, .boolean) { (x: Int64, y: Int64) in
                    let left = x &* f1
                    let right = y &* f2
                    return order.holds(left < right ? -1 : (left == right ? 0 : 1))
                }
            }
        }
        return { a, count, _ in
            let left = DecimalKernels.widened(a[0])
            let right = DecimalKernels.widened(a[1])
            return Loops.map2(left, right, count, .boolean) { (x: Int128, y: Int128) in
                order.holds(DecimalMath.compare(x, s1, y, s2))
            }
        }
    }

    private static func bytes(_ order: Order) -> Kernel {
        { arguments, count, _ in
            if let left = arguments[0].constantValue {
                guard case .bytes(let known) = left else {
                    return .constant(.null, type: .boolean, count: count)
                }
                if let right = arguments[1].constantValue {
                    guard case .bytes(let other) = right else {
                        return .constant(.null, type: .boolean, count: count)
                    }
                    let result = Comparison.data(.bytes(known), .bytes(other))
                    return .constant(.bool(order.holds(result)), type: .boolean, count: count)
                }
                return withConstant(arguments[1].bytes, known) { order.holds(-$0) }
            }
            if let right = arguments[1].constantValue {
                guard case .bytes(let known) = right else {
                    return .constant(.null, type: .boolean, count: count)
                }
                if order == .equal { return equals(arguments[0].bytes, known) }
                return withConstant(arguments[0].bytes, known) { order.holds($0) }
            }
            return pairs(order, arguments[0].bytes, arguments[1].bytes)
        }
    }

    private static func pairs(_ order: Order, _ left: BytesColumn, _ right: BytesColumn) -> Column {
        let validity = Bitmap.and(left.validity, right.validity)
        let count = left.count
        return .bool(
            FixedColumn<Bool>(count: count, validity: validity) { to in
                for index in 0..<count {
                    to[index] = order.holds(Comparison.bytes(left.bytes(at: index), right.bytes(at: index)))
                }
            })
    }

    @inline(__always)
    private static func withConstant(
        _ column: BytesColumn, _ known: [UInt8], _ holds: (Int) -> Bool
    ) -> Column {
        let count = column.count
        return known.withUnsafeBytes { constant in
            .bool(
                FixedColumn<Bool>(count: count, validity: column.validity) { to in
                    for index in 0..<count {
                        to[index] = holds(Comparison.bytes(column.bytes(at: index), constant))
                    }
                })
        }
    }

    /// Length and the first bytes decide most rows without a look at the data.
    private static func equals(_ column: BytesColumn, _ known: [UInt8]) -> Column {
        let count = column.count
        return known.withUnsafeBytes { constant in
            let length = UInt32(truncatingIfNeeded: constant.count)
            return .bool(
                FixedColumn<Bool>(count: count, validity: column.validity) { to in
                    for index in 0..<count {
                        to[index] =
                            column.views[index].length == length
                            && Comparison.bytes(column.bytes(at: index), constant) == 0
                    }
                })
        }
    }

    private static func nested(_ order: Order) -> Kernel {
        { arguments, count, _ in
            let a = arguments[0].flattened
            let b = arguments[1].flattened
            let validity = Bitmap.and(a.validity, b.validity)
            return .bool(
                FixedColumn<Bool>(count: count, validity: validity) { to in
                    for index in 0..<count {
                        let isSame = NestedEquality.equal(a, index, b, index)
                        to[index] = order.holds(isSame ? 0 : 1)
                    }
                })
        }
    }

    /// Values of different kinds (BOOLEAN and text) are never equal.
    private static func unequalKinds(_ order: Order) -> Kernel {
        { arguments, count, _ in
            let result = order.holds(1)
            let validity = Bitmap.and(
                arguments[0].flattened.validity, arguments[1].flattened.validity)
            return .bool(FixedColumn<Bool>(repeating: result, count: count, validity: validity))
        }
    }
}

/// Equality of arrays, maps and rows: NULLs in maps and rows equal each other, maps ignore the order of entries.
enum NestedEquality {
    static func equal(_ a: Column, _ i: Int, _ b: Column, _ j: Int) -> Bool { same(a.datum(i), b.datum(j)) }

    static func same(_ a: Datum, _ b: Datum) -> Bool {
        switch (a, b) {
        case (.list(let x), .list(let y)):
            // An array with a NULL in it equals no array, not even itself.
            guard x.count == y.count, !x.contains(.null), !y.contains(.null) else { return false }
            return zip(x, y).allSatisfy { same($0, $1) }
        case (.row(let x), .row(let y)):
            return x.count == y.count && zip(x, y).allSatisfy { same($0, $1) }
        case (.map(let x), .map(let y)):
            guard x.count == y.count else { return false }
            return x.allSatisfy { entry in
                y.contains { same($0.key, entry.key) && same($0.value, entry.value) }
            }
        default: return a == b
        }
    }
}
