import Glibc
import SluiceColumns

/// What a step of a predicted line reads after its literal.
enum JSONOp: UInt8 {
    /// The end of the line: nothing follows the literal.
    case end
    case skip
    case int32, int64, double, decimal64, string, timestamp, date
    /// Any other type, by the slow reader.
    case general
}

/// One step: the literal text between two values, then a value.
struct JSONStep {
    var word0: UInt64
    var mask0: UInt64
    var word1: UInt64
    var mask1: UInt64
    /// Of the literal; what exceeds 16 bytes is compared with `rest`.
    var length: Int
    var rest: UnsafeRawPointer?
    var op: JSONOp
    /// The column; -1 for a value that is skipped.
    var slot: Int
    /// The column's values, bound for each call.
    var out: UnsafeMutableRawPointer?
    /// Bounds of integers; digits after the point of decimals.
    var low: Int64
    var high: Int64
    var scale: Int
    /// The piece's number in the column's buffers.
    var bufferIndex: UInt32
    var isZoned: Bool
    var precisionUnit: Int64
}

/// Notes where the values of a line lie, while the slow path reads it.
final class JSONShapeTrace {
    var isUsable = true
    private(set) var values: [(start: BytePointer, end: BytePointer, slot: Int)] = []

    func reset() {
        isUsable = true
        values.removeAll(keepingCapacity: true)
    }

    func add(value: BytePointer, end: BytePointer, slot: Int) {
        if values.count >= 256 { isUsable = false }
        if isUsable { values.append((value, end, slot)) }
    }
}

/// The form of a line: the same keys in the same order with the same blanks as the line it was learnt from.
final class JSONShape {
    let steps: UnsafeMutablePointer<JSONStep>
    let count: Int
    /// Columns that the line has no field for.
    let missing: [Int]
    private let literals: UnsafeMutableRawPointer

    /// nil where the line is no good example. `lineEnd`: the byte after its newline.
    init?(_ trace: JSONShapeTrace, line: BytePointer, lineEnd: BytePointer, slots: [ValueSlot], iso: Bool) {
        guard trace.isUsable else { return nil }
        let total = lineEnd - line
        literals = .allocate(byteCount: total + 16, alignment: 8)
        literals.copyMemory(from: line, byteCount: total)
        memset(literals + total, 0, 16)
        count = trace.values.count + 1
        steps = .allocate(capacity: count)
        var from = line
        var index = 0
        var seen = Set<Int>()
        for value in trace.values {
            let literal = literals + (from - line)
            steps[index] = JSONShape.step(literal, value.start - from, value.slot, slots, iso)
            if value.slot >= 0 { seen.insert(value.slot) }
            from = value.end
            index += 1
        }
        steps[index] = JSONShape.step(literals + (from - line), lineEnd - from, -1, slots, iso)
        steps[index].op = .end
        missing = (0..<slots.count).filter { !seen.contains($0) }
    }

    deinit {
        steps.deallocate()
        literals.deallocate()
    }

    private static func step(
        _ literal: UnsafeMutableRawPointer, _ length: Int, _ slot: Int, _ slots: [ValueSlot], _ iso: Bool
    ) -> JSONStep {
        let text = UnsafePointer(literal.assumingMemoryBound(to: UInt8.self))
        let mask0 = mask(length)
        let mask1 = mask(length - 8)
        var step = JSONStep(
            word0: load8(text) & mask0, mask0: mask0, word1: load8(text + 8) & mask1, mask1: mask1,
            length: length, rest: length > 16 ? UnsafeRawPointer(literal) + 16 : nil, op: .skip, slot: slot,
            out: nil, low: 0, high: 0, scale: 0, bufferIndex: 0, isZoned: false, precisionUnit: 1)
        if slot >= 0 { plan(&step, slots[slot].plan, iso) }
        return step
    }

    private static func mask(_ length: Int) -> UInt64 {
        if length >= 8 { return .max }
        if length <= 0 { return 0 }
        return (1 << UInt64(length * 8)) &- 1
    }

    private static func plan(_ step: inout JSONStep, _ plan: ValuePlan, _ iso: Bool) {
        switch plan.kind {
        case .tinyint: (step.op, step.low, step.high) = (.int32, -128, 127)
        case .smallint: (step.op, step.low, step.high) = (.int32, -32768, 32767)
        case .int: (step.op, step.low, step.high) = (.int32, Int64(Int32.min), Int64(Int32.max))
        case .bigint: (step.op, step.low, step.high) = (.int64, .min, .max)
        case .double: step.op = .double
        case .decimal64:
            step.op = .decimal64
            step.scale = plan.scale
            step.high = Int64(clamping: tens[plan.precision]) - 1
        case .string: step.op = .string
        case .date: step.op = .date
        case .timestamp64:
            step.op = .timestamp
            step.isZoned = plan.isZoned
            step.precisionUnit = Int64(tens[6 - Swift.min(plan.precision, 6)])
        default: step.op = .general
        }
    }
}
