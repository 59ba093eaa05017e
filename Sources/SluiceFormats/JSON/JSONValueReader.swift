import SluiceColumns

/// Reads one value of any type with full semantics and appends it to its builder: the slow path.
///
/// Every `read…` returns the byte after what it read, or nil where the row is malformed; `fault` tells why.
final class JSONValueReader {
    let options: JSONOptions
    var fault: JSONFault?
    private var scratch = ByteScratch(capacity: 1024)
    private var times: ParsedTime?

    init(_ options: JSONOptions) { self.options = options }

    func fail(_ at: BytePointer, _ reason: JSONFault.Reason) -> BytePointer? {
        if fault == nil { fault = JSONFault(at: at, reason: reason) }
        return nil
    }

    /// Appends the value at `p`.
    func read(_ p: BytePointer, _ slot: ValueSlot) -> BytePointer? {
        if p[0] == 0x6E && JSONText.isNull(p) {
            slot.builder.appendNull()
            return p + 4
        }
        switch slot.kind {
        case .list, .map, .row: return readNested(p, slot)
        case .string: return readString(p, slot)
        default:
            if p[0] == 0x7B || p[0] == 0x5B {
                guard let end = skip(p) else { return nil }
                if slot.kind == .boolean {
                    slot.append(false)
                    return end
                }
                return reject(p, TextRange(p, end - p), slot, end)
            }
            return readScalar(p, slot)
        }
    }

    /// Passes over the value at `p`.
    func skip(_ p: BytePointer) -> BytePointer? {
        if let end = JSONText.skipValue(p) { return end }
        return fail(p, .unexpected)
    }

    /// A value that does not fit: NULL by option, else the row fails.
    private func reject(
        _ at: BytePointer, _ text: TextRange, _ slot: ValueSlot, _ end: BytePointer
    ) -> BytePointer? {
        if options.ignoreParseErrors {
            slot.builder.appendNull()
            return end
        }
        if fault == nil { fault = JSONFault(at: at, reason: .value, slot: slot, value: text) }
        return nil
    }

    private func readScalar(_ p: BytePointer, _ slot: ValueSlot) -> BytePointer? {
        var text: TextRange
        var end: BytePointer
        var isInteger = false
        var isFloat = false
        if p[0] == 0x22 {
            guard let (content, after) = stringContent(p) else { return nil }
            text = content
            end = after
        } else if p[0] == 0x2D || p[0] &- 0x30 <= 9 {
            guard let after = JSONText.skipNumber(p, isFloat: &isFloat) else { return fail(p, .badNumber) }
            text = TextRange(p, after - p)
            end = after
            isInteger = !isFloat
        } else {
            guard let after = JSONText.skipWord(p) else { return fail(p, .unexpected) }
            text = TextRange(p, after - p)
            end = after
        }
        if convert(text, slot, isInteger: isInteger, isFloat: isFloat) { return end }
        return reject(p, text, slot, end)
    }

    /// Appends the value of a scalar's text; false, and nothing appended, if it does not fit.
    private func convert(_ raw: TextRange, _ slot: ValueSlot, isInteger: Bool, isFloat: Bool) -> Bool {
        switch slot.kind {
        case .null:
            slot.builder.appendNull()
            return true
        case .boolean:
            slot.append(raw.trimmed.equalsIgnoringCase("true"))
            return true
        case .tinyint: return appendInteger(raw, slot, isFloat: false, -128...127)
        case .smallint: return appendInteger(raw, slot, isFloat: false, -32768...32767)
        case .int: return appendInteger(raw, slot, isFloat: isFloat, Int64(Int32.min)...Int64(Int32.max))
        case .bigint: return appendInteger(raw, slot, isFloat: isFloat, Int64.min...Int64.max)
        case .double:
            guard let value = NumberParser.double(raw.trimmed) else { return false }
            slot.append(value)
            return true
        case .float:
            guard let value = NumberParser.float(raw.trimmed) else { return false }
            slot.append(value)
            return true
        case .decimal64, .decimal128:
            return appendDecimal(raw, slot)
        case .bytes:
            guard !isInteger, !isFloat else { return false }
            var decoded = ByteScratch(capacity: raw.count)
            guard Base64.decode(raw, into: &decoded) else { return false }
            slot.append(decoded.bytes)
            return true
        case .date:
            guard let day = TimeParser.isoDate(raw) else { return false }
            slot.append(Int64(day))
            return true
        case .time:
            guard let nanos = TimeParser.sqlTime(raw) else { return false }
            slot.append(nanos / 1_000_000)
            return true
        case .timestamp64, .timestamp128: return appendTimestamp(raw, slot)
        case .string, .list, .map, .row: return false
        }
    }

    private func appendInteger(
        _ raw: TextRange, _ slot: ValueSlot, isFloat: Bool, _ range: ClosedRange<Int64>
    ) -> Bool {
        if isFloat {
            // A fraction is cut off, as long as the whole number fits.
            guard let value = NumberParser.double(raw) else { return false }
            guard value >= Double(range.lowerBound), value <= Double(range.upperBound) else { return false }
            slot.append(value >= 0x1p63 ? Int64.max : Int64(value))
            return true
        }
        guard let value = NumberParser.integer(raw.trimmed), range.contains(value) else { return false }
        slot.append(value)
        return true
    }

    private func appendDecimal(_ raw: TextRange, _ slot: ValueSlot) -> Bool {
        switch NumberParser.decimal(raw.trimmed, precision: slot.plan.precision, scale: slot.plan.scale) {
        case .value(let unscaled): slot.append(unscaled)
        case .null: slot.builder.appendNull()
        case .invalid: return false
        }
        return true
    }

    private func appendTimestamp(_ raw: TextRange, _ slot: ValueSlot) -> Bool {
        let zulu = slot.plan.isZoned
        let parsed =
            options.timestamps == .sql
            ? TimeParser.sqlTimestamp(raw, zulu: zulu) : TimeParser.isoTimestamp(raw, zulu: zulu)
        guard let parsed else { return false }
        if slot.kind == .timestamp128 {
            slot.append(parsed.nanos(precision: slot.plan.precision))
            return true
        }
        guard let micros = parsed.micros(precision: slot.plan.precision) else { return false }
        slot.append(micros)
        return true
    }

    private func readString(_ p: BytePointer, _ slot: ValueSlot) -> BytePointer? {
        if p[0] == 0x22 {
            guard let (content, after) = stringContent(p) else { return nil }
            slot.append(content.raw)
            return after
        }
        if p[0] == 0x7B || p[0] == 0x5B {
            guard let end = skip(p) else { return nil }
            scratch.removeAll()
            JSONCompactor.append(p, to: &scratch)
            slot.append(scratch.bytes)
            return end
        }
        guard let end = JSONText.skipScalar(p) else { return fail(p, .unexpected) }
        slot.append(TextRange(p, end - p).raw)
        return end
    }

    /// The text of the string at `p` (its opening quote) without escapes, and the byte after the closing quote.
    /// Valid until the next call.
    func stringContent(_ p: BytePointer) -> (TextRange, BytePointer)? {
        var seen: UInt64 = 0
        let start = p + 1
        let stop = JSONText.scanString(start, &seen)
        if stop[0] == 0x22 {
            let content = TextRange(start, stop - start)
            if seen & splat(0x80) != 0 && !isValidUTF8(content) {
                _ = fail(p, .badUTF8)
                return nil
            }
            return (content, stop + 1)
        }
        scratch.removeAll()
        guard let after = JSONStrings.unescape(start, into: &scratch) else {
            _ = fail(p, .unterminated)
            return nil
        }
        let content = TextRange(UnsafePointer(scratch.base), scratch.count)
        if !isValidUTF8(content) {
            _ = fail(p, .badUTF8)
            return nil
        }
        return (content, after)
    }
}
