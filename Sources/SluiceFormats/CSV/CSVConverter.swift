import SluiceBase
import SluiceColumns

/// Texts of fields into values.
struct CSVConverter: ~Copyable {
    private let options: CSVOptions
    private let nullLiteral: [UInt8]?
    private var scratch = ByteScratch(capacity: 256)

    init(_ options: CSVOptions) {
        self.options = options
        nullLiteral = options.nullLiteral
    }

    static func check(_ type: DataType, depth: Int = 0) throws(SQLError) {
        switch type.kind {
        case .map, .multiset:
            throw SQLError(.unsupported, "format csv cannot hold \(type)")
        case .array(let element):
            if depth > 0 {
                throw SQLError(.unsupported, "format csv cannot hold \(type) inside another value")
            }
            try check(element, depth: depth + 1)
        case .row(let fields):
            if depth > 0 {
                throw SQLError(.unsupported, "format csv cannot hold \(type) inside another value")
            }
            for field in fields { try check(field.type, depth: depth + 1) }
        case .time(let precision):
            if precision > 3 {
                throw SQLError(
                    .unsupported,
                    "format csv cannot hold \(type): its times have at most 3 digits of a second")
            }
        default: break
        }
    }

    @inline(__always)
    func isNull(_ text: TextRange) -> Bool {
        guard let nullLiteral else { return false }
        return matches(text, nullLiteral)
    }

    private func matches(_ text: TextRange, _ literal: [UInt8]) -> Bool {
        guard text.count == literal.count else { return false }
        for index in 0..<literal.count where text[index] != literal[index] { return false }
        return true
    }

    /// Appends the value; false, and nothing appended, if the text does not fit and errors are not ignored.
    mutating func append(_ text: TextRange, _ slot: ValueSlot) -> Bool {
        if isNull(text) {
            slot.builder.appendNull()
            return true
        }
        let before = slot.count
        if convert(text, slot) { return true }
        slot.builder.truncate(to: before)
        if !options.ignoreParseErrors { return false }
        slot.builder.appendNull()
        return true
    }

    private mutating func convert(_ text: TextRange, _ slot: ValueSlot) -> Bool {
        switch slot.kind {
        case .null: slot.builder.appendNull()
        case .boolean: slot.append(text.trimmed.equalsIgnoringCase("true"))
        case .tinyint: return integer(text, slot, -128...127)
        case .smallint: return integer(text, slot, -32768...32767)
        case .int: return integer(text, slot, Int64(Int32.min)...Int64(Int32.max))
        case .bigint: return integer(text, slot, Int64.min...Int64.max)
        case .float:
            guard let value = NumberParser.float(text.trimmed) else { return false }
            slot.append(value)
        case .double:
            guard let value = NumberParser.double(text.trimmed) else { return false }
            slot.append(value)
        case .decimal64, .decimal128:
            switch NumberParser.decimal(text, precision: slot.plan.precision, scale: slot.plan.scale) {
            case .value(let unscaled): slot.append(unscaled)
            case .null: slot.builder.appendNull()
            case .invalid: return false
            }
        case .string:
            guard isValidUTF8(text) else { return false }
            slot.append(text.raw)
        case .bytes:
            scratch.removeAll()
            guard Base64.decode(text, into: &scratch) else { return false }
            slot.append(scratch.bytes)
        case .date:
            guard let day = TimeParser.jdbcDate(text) else { return false }
            slot.append(Int64(day))
        case .time:
            guard let nanos = TimeParser.isoTime(text) else { return false }
            slot.append(nanos / 1_000_000 / timeUnit(slot) * timeUnit(slot))
        case .timestamp64, .timestamp128: return timestamp(text, slot)
        case .list: return list(text, slot)
        case .row: return row(text, slot)
        case .map: return false
        }
        return true
    }

    private func timeUnit(_ slot: ValueSlot) -> Int64 {
        guard case .time(let precision) = slot.plan.type.kind else { return 1 }
        return Int64(tens[3 - Swift.min(Swift.max(precision, 0), 3)])
    }

    private func integer(_ text: TextRange, _ slot: ValueSlot, _ range: ClosedRange<Int64>) -> Bool {
        guard let value = NumberParser.integer(text.trimmed), range.contains(value) else { return false }
        slot.append(value)
        return true
    }

    private func timestamp(_ text: TextRange, _ slot: ValueSlot) -> Bool {
        let parsed =
            slot.plan.isZoned ? TimeParser.sqlTimestamp(text, zulu: true) : TimeParser.jdbcTimestamp(text)
        guard let parsed else { return false }
        if slot.kind == .timestamp128 {
            slot.append(parsed.nanos(precision: slot.plan.precision))
            return true
        }
        guard let micros = parsed.micros(precision: slot.plan.precision) else { return false }
        slot.append(micros)
        return true
    }

    private mutating func list(_ text: TextRange, _ slot: ValueSlot) -> Bool {
        guard case .list(let list) = slot.builder.storage else { return false }
        if text.trimmed.count > 0 {
            var rest: TextRange? = text
            while let current = rest {
                guard append(element(current, &rest), slot.children[0]) else { return false }
            }
        }
        list.endRow()
        return true
    }

    /// A row's fields are written like the elements of an array.
    private mutating func row(_ text: TextRange, _ slot: ValueSlot) -> Bool {
        guard case .row(let row) = slot.builder.storage else { return false }
        var rest: TextRange? = text
        for child in slot.children {
            guard let current = rest else {
                if !options.ignoreParseErrors { return false }
                child.builder.appendNull()
                continue
            }
            guard append(element(current, &rest), child) else { return false }
        }
        if rest != nil && !options.ignoreParseErrors { return false }
        row.endRow()
        return true
    }

    /// The text before the next array delimiter; `rest` is what follows it.
    private func element(_ text: TextRange, _ rest: inout TextRange?) -> TextRange {
        let delimiter = options.arrayDelimiter
        var index = 0
        while index + delimiter.count <= text.count {
            if matches(TextRange(text.start + index, delimiter.count), delimiter) {
                let after = index + delimiter.count
                rest = TextRange(text.start + after, text.count - after)
                return TextRange(text.start, index)
            }
            index += 1
        }
        rest = nil
        return text
    }
}
