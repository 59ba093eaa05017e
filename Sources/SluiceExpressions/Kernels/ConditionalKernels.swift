import SluiceBase
import SluiceColumns

/// The eager forms of COALESCE, GREATEST and LEAST, and the merge of columns row by row.
enum ConditionalKernels {
    static func coalesce(_ type: DataType) -> Kernel {
        { arguments, count, _ in
            var result = arguments[0]
            for next in arguments.dropFirst() {
                guard let validity = result.validity else { break }
                result = choose(count, type, result, next) { validity[$0] }
            }
            return result
        }
    }

    /// `yes` where `takes` says so, else `no`.
    @inline(__always)
    static func choose(
        _ count: Int, _ type: DataType, _ yes: Column, _ no: Column, _ takes: (Int) -> Bool
    ) -> Column {
        switch type.physical {
        case .bool: return fixed(count, yes.bools, no.bools, takes)
        case .int32: return fixed(count, yes.int32s, no.int32s, takes)
        case .int64: return fixed(count, yes.int64s, no.int64s, takes)
        case .float32: return fixed(count, yes.float32s, no.float32s, takes)
        case .float64: return fixed(count, yes.float64s, no.float64s, takes)
        case .int128: return fixed(count, yes.int128s, no.int128s, takes)
        case .bytes:
            let builder = BytesBuilder(capacity: count)
            let left = yes.bytes
            let right = no.bytes
            for index in 0..<count {
                if takes(index) {
                    if left.isNull(index) {
                        builder.appendNull()
                    } else {
                        builder.append(left.bytes(at: index))
                    }
                } else {
                    if right.isNull(index) {
                        builder.appendNull()
                    } else {
                        builder.append(right.bytes(at: index))
                    }
                }
            }
            return .bytes(builder.finish())
        case .list, .map, .row:
            let builder = ColumnBuilder(type, capacity: count)
            for index in 0..<count { builder.append(takes(index) ? yes : no, index) }
            return builder.finish()
        }
    }

    @inline(__always)
    private static func fixed<T: FixedValue>(
        _ count: Int, _ yes: FixedColumn<T>, _ no: FixedColumn<T>, _ takes: (Int) -> Bool
    ) -> Column {
        let x = yes.base
        let y = no.base
        defer { withExtendedLifetime((yes.buffer, no.buffer)) {} }
        if yes.validity == nil && no.validity == nil {
            return T.wrap(
                FixedColumn<T>(count: count) { to in
                    for index in 0..<count { to[index] = takes(index) ? x[index] : y[index] }
                })
        }
        let words = Bitmap.allocate(count, filledWith: 0)
        let bits = words.base.assumingMemoryBound(to: UInt64.self)
        let left = yes.validity
        let right = no.validity
        let out = FixedColumn<T>(count: count, validity: Bitmap(buffer: words, count: count)) { to in
            for index in 0..<count {
                let isLeft = takes(index)
                to[index] = isLeft ? x[index] : y[index]
                let isValid = isLeft ? (left?[index] ?? true) : (right?[index] ?? true)
                bits[index >> 6] |= (isValid ? 1 : 0) << UInt64(index & 63)
            }
        }
        return T.wrap(out)
    }

    /// NULL if any argument is (A12).
    static func extremum(_ type: DataType, wantsGreatest: Bool) -> Kernel {
        let compare = ComparisonKernels.comparison(wantsGreatest ? .greaterOrEqual : .lessOrEqual, type, type)
        return { arguments, count, context throws(SQLError) in
            var result = arguments[0]
            for next in arguments.dropFirst() {
                let keeps = try compare([result, next], count, context).bools
                let left = result
                // An unknown comparison has a NULL side, and that side wins.
                result = choose(count, type, left, next) { row in
                    keeps.isNull(row) ? left.isNull(row) : keeps[row]
                }
            }
            return result
        }
    }
}
