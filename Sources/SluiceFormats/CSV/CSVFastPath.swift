import SluiceColumns

/// Reads plain rows straight into the columns: fields in declared order, numbers and times in their usual form,
/// quotes without quotes inside. Stops before the first row that is not plain.
final class CSVFastPath {
    private enum Op: UInt8 { case skip, int32, int64, double, decimal64, string, timestamp, date, general }

    private struct Step {
        var op: Op
        var slot: Int
        var out: UnsafeMutableRawPointer?
        var low: Int64
        var high: Int64
        var scale: Int
        var bufferIndex: UInt32
        var unit: Int64
    }

    private let steps: UnsafeMutablePointer<Step>
    private let count: Int
    private let delimiter: UInt8
    private let quote: UInt8?
    private let escape: UInt8
    private let comment: Bool
    private let hasNull: Bool
    private var days = DayCache()

    /// nil where a column is wanted twice: such a plan is left to the slow path.
    init?(_ options: CSVOptions, arity: Int, projection: [Int], slots: [ValueSlot]) {
        guard arity > 0, Set(projection).count == projection.count else { return nil }
        count = arity
        delimiter = options.delimiter
        quote = options.quote
        // Without an escape character look for the delimiter once more.
        escape = options.escape ?? options.delimiter
        comment = options.allowComments
        hasNull = options.nullLiteral != nil
        let first = options.nullLiteral?.first ?? 0
        let looksNumeric = first &- 0x30 <= 9 || first == 0x2D || first == 0x2B
        steps = .allocate(capacity: arity)
        let idle = Step(op: .skip, slot: -1, out: nil, low: 0, high: 0, scale: 0, bufferIndex: 0, unit: 1)
        steps.initialize(repeating: idle, count: arity)
        for (slot, field) in projection.enumerated() {
            steps[field].slot = slot
            CSVFastPath.plan(&steps[field], slots[slot].plan)
            // A null literal that looks like a number must be found before the number is.
            if looksNumeric && steps[field].op != .string { steps[field].op = .general }
        }
    }

    deinit { steps.deallocate() }

    private static func plan(_ step: inout Step, _ plan: ValuePlan) {
        switch plan.kind {
        case .tinyint: (step.op, step.low, step.high) = (.int32, -128, 127)
        case .smallint: (step.op, step.low, step.high) = (.int32, -32768, 32767)
        case .int: (step.op, step.low, step.high) = (.int32, Int64(Int32.min), Int64(Int32.max))
        case .bigint: step.op = .int64
        case .double: step.op = .double
        case .decimal64:
            step.op = .decimal64
            step.scale = plan.scale
            step.high = Int64(clamping: tens[plan.precision]) - 1
        case .string: step.op = .string
        case .date: step.op = .date
        case .timestamp64 where !plan.isZoned:
            step.op = .timestamp
            step.unit = Int64(tens[6 - Swift.min(plan.precision, 6)])
        default: step.op = .general
        }
    }

    func prepare(_ slots: [ValueSlot], _ piece: Buffer, room: Int) {
        for index in 0..<count where steps[index].slot >= 0 {
            switch slots[steps[index].slot].builder.storage {
            case .int32(let builder):
                builder.reserve(room)
                steps[index].out = UnsafeMutableRawPointer(builder.pointer)
            case .int64(let builder):
                builder.reserve(room)
                steps[index].out = UnsafeMutableRawPointer(builder.pointer)
            case .float64(let builder):
                builder.reserve(room)
                steps[index].out = UnsafeMutableRawPointer(builder.pointer)
            case .bytes(let builder):
                builder.views.reserve(room)
                steps[index].out = UnsafeMutableRawPointer(builder.views.pointer)
                if steps[index].op == .string { steps[index].bufferIndex = builder.register(piece) }
            default: break
            }
        }
    }

    /// Tells the columns of the rows that were written, and takes a row that was given up away.
    func close(_ slots: [ValueSlot], _ row: Int) {
        for slot in slots {
            switch slot.builder.storage {
            case .int32(let builder): builder.finishRows(row)
            case .int64(let builder): builder.finishRows(row)
            case .float64(let builder): builder.finishRows(row)
            case .bytes(let builder): builder.views.finishRows(row)
            default: if slot.count > row { slot.builder.truncate(to: row) }
            }
        }
    }

    @inline(never)
    func run(
        _ slots: [ValueSlot], _ converter: inout CSVConverter, base: BytePointer, start: BytePointer,
        end: BytePointer, row: inout Int, limit: Int
    ) -> BytePointer {
        var cache = days
        var p = start
        var r = row
        let steps = self.steps
        let count = self.count
        let delimiter = self.delimiter
        rows: while p < end && r < limit {
            let rowStart = p
            if p[0] == 0x0A || p[0] == 0x0D || (comment && p[0] == 0x23) { break }
            var index = 0
            while true {
                guard let after = field(p, steps + index, slots, &converter, &cache, base, end, r) else {
                    p = rowStart
                    break rows
                }
                index &+= 1
                if index == count {
                    if _fastPath(after[0] == 0x0A) {
                        p = after + 1
                        break
                    }
                    if after[0] == 0x0D && after[1] == 0x0A {
                        p = after + 2
                        break
                    }
                } else if _fastPath(after[0] == delimiter) {
                    p = after + 1
                    continue
                }
                p = rowStart
                break rows
            }
            r &+= 1
        }
        days = cache
        row = r
        return p
    }

    /// The byte after the field at `p`; nil where the row is not plain.
    @inline(__always)
    private func field(
        _ p: BytePointer, _ step: UnsafeMutablePointer<Step>, _ slots: [ValueSlot],
        _ converter: inout CSVConverter, _ days: inout DayCache, _ base: BytePointer, _ end: BytePointer,
        _ row: Int
    ) -> BytePointer? {
        switch step.pointee.op {
        case .skip:
            var text = TextRange(p, 0)
            return range(p, end, &text)
        case .int64:
            var number: Int64 = 0
            if let next = integer(p, &number) {
                out(step, Int64.self)[row] = number
                return next
            }
        case .int32:
            var number: Int64 = 0
            if let next = integer(p, &number), number >= step.pointee.low, number <= step.pointee.high {
                out(step, Int32.self)[row] = Int32(truncatingIfNeeded: number)
                return next
            }
        case .string:
            var text = TextRange(p, 0)
            guard let next = range(p, end, &text) else { return nil }
            if hasNull && converter.isNull(text) { break }
            if !isASCII(text) && !isValidUTF8(text) { return nil }
            out(step, StringView.self)[row] = JSONFastPath.view(
                text.start, text.count, step.pointee.bufferIndex, text.start - base)
            return next
        case .timestamp:
            var micros: Int64 = 0
            if JSONFastPath.day(p, &days, mask: 0xFFFF), p[10] == 0x20,
                let next = JSONFastPath.timeOfDay(p + 11, &micros), endsField(next[0])
            {
                if step.pointee.unit != 1 { micros = micros / step.pointee.unit &* step.pointee.unit }
                out(step, Int64.self)[row] = days.micros &+ micros
                return next
            }
        case .date:
            if JSONFastPath.day(p, &days, mask: 0xFFFF), endsField(p[10]) {
                out(step, Int32.self)[row] = Int32(truncatingIfNeeded: days.micros / 86_400_000_000)
                return p + 10
            }
        case .double:
            var negative = false
            var mantissa: UInt64 = 0
            var digits = 0
            if let next = JSONFastPath.plainDecimal(p, &negative, &mantissa, &digits), endsField(next[0]) {
                let magnitude = Double(mantissa) / doublePower(digits)
                out(step, Double.self)[row] = negative ? -magnitude : magnitude
                return next
            }
        case .decimal64:
            if let next = decimal(p, step, row), endsField(next[0]) { return next }
        case .general: break
        }
        return other(p, end, step, slots, &converter, row)
    }

    @inline(__always)
    private func out<T>(_ step: UnsafeMutablePointer<Step>, _: T.Type) -> UnsafeMutablePointer<T> {
        step.pointee.out.unsafelyUnwrapped.assumingMemoryBound(to: T.self)
    }

    @inline(__always)
    private func endsField(_ byte: UInt8) -> Bool { byte == delimiter || byte == 0x0A || byte == 0x0D }

    @inline(never)
    private func other(
        _ p: BytePointer, _ end: BytePointer, _ step: UnsafeMutablePointer<Step>, _ slots: [ValueSlot],
        _ converter: inout CSVConverter, _ row: Int
    ) -> BytePointer? {
        var text = TextRange(p, 0)
        guard let next = range(p, end, &text) else { return nil }
        let slot = slots[step.pointee.slot]
        slot.builder.truncate(to: row)
        return converter.append(text, slot) ? next : nil
    }

    /// The text of a field without escapes or doubled quotes, and the byte after the field.
    @inline(__always)
    private func range(_ p: BytePointer, _ end: BytePointer, _ text: inout TextRange) -> BytePointer? {
        if p[0] == quote { return quoted(p, end, &text) }
        var at = p
        while true {
            let x = load8(at)
            let hit =
                zeroLanes(x ^ splat(delimiter)) | zeroLanes(x ^ splat(0x0A)) | zeroLanes(x ^ splat(0x0D))
                | zeroLanes(x ^ splat(escape))
            if hit == 0 {
                at += 8
                continue
            }
            at += hit.trailingZeroBitCount >> 3
            if !endsField(at[0]) { return nil }
            text = TextRange(p, at - p)
            return at
        }
    }

    @inline(__always)
    private func quoted(_ p: BytePointer, _ end: BytePointer, _ text: inout TextRange) -> BytePointer? {
        let quote = p[0]
        let start = p + 1
        var at = start
        // A line end inside quotes is text, but the lines must be counted: left to the slow path.
        while at < end {
            let x = load8(at)
            let hit =
                zeroLanes(x ^ splat(quote)) | zeroLanes(x ^ splat(0x0A))
                | zeroLanes(x ^ splat(escape == delimiter ? quote : escape))
            if hit == 0 {
                at += 8
                continue
            }
            at += hit.trailingZeroBitCount >> 3
            if at >= end || at[0] != quote || !endsField(at[1]) { return nil }
            text = TextRange(start, at - start)
            return at + 1
        }
        return nil
    }

    @inline(__always)
    private func isASCII(_ text: TextRange) -> Bool {
        var seen: UInt64 = 0
        var index = 0
        while index &+ 8 <= text.count {
            seen |= load8(text.start + index)
            index &+= 8
        }
        let left = text.count &- index
        if left > 0 { seen |= load8(text.start + index) & ((1 << UInt64(left &* 8)) &- 1) }
        return seen & splat(0x80) == 0
    }

    @inline(__always)
    private func integer(_ start: BytePointer, _ number: inout Int64) -> BytePointer? {
        let negative = start[0] == 0x2D
        let p = negative ? start + 1 : start
        var value: UInt64 = 0
        let digits = scanDigits(p, &value)
        if digits == 0 || !endsField(p[digits]) { return nil }
        number = negative ? 0 &- Int64(value) : Int64(value)
        return p + digits
    }

    @inline(__always)
    private func decimal(_ p: BytePointer, _ step: UnsafeMutablePointer<Step>, _ row: Int) -> BytePointer? {
        var negative = false
        var mantissa: UInt64 = 0
        var digits = 0
        guard let next = JSONFastPath.plainDecimal(p, &negative, &mantissa, &digits) else { return nil }
        let shift = step.pointee.scale &- digits
        if shift < 0 { return nil }
        let (unscaled, overflow) = mantissa.multipliedReportingOverflow(by: tens[shift])
        if overflow || unscaled > UInt64(bitPattern: step.pointee.high) { return nil }
        out(step, Int64.self)[row] = negative ? 0 &- Int64(unscaled) : Int64(unscaled)
        return next
    }
}
