public import SluiceBase
import SluiceColumns

/// Typed constants from the text of literals (A15, D3). All are NOT NULL.
public enum Literals {
    /// `12`, `1.50`, `.5`: INT, BIGINT or DECIMAL. The digits without the point must fit BIGINT.
    public static func exactNumber(_ text: String, span: SourceSpan?) throws(SQLError) -> BoundExpr {
        var value: Int64 = 0
        var digits = 0
        var scale: Int?
        for byte in text.utf8 {
            if byte == 0x2E && scale == nil {
                scale = 0
                continue
            }
            guard byte >= 0x30 && byte <= 0x39 else {
                throw SQLError(.literal, "\(text) is not a number", span: span)
            }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowNext) = scaled.addingReportingOverflow(Int64(byte - 0x30))
            if overflow || overflowNext { throw outOfRange(text, span) }
            value = next
            digits += 1
            scale = scale.map { $0 + 1 }
        }
        guard digits > 0 else { throw SQLError(.literal, "\(text) is not a number", span: span) }
        if let scale, scale > 0 {
            let precision = max(digits, scale)
            guard precision <= TypeRules.maxPrecision else { throw outOfRange(text, span) }
            let kind: TypeKind = .decimal(precision: precision, scale: scale)
            let datum: Datum = kind.physical == .int64 ? .int64(value) : .int128(Int128(value))
            return .literal(datum, DataType(kind, nullable: false), span: span)
        }
        if let small = Int32(exactly: value) {
            return .literal(.int32(small), DataType.int.notNull, span: span)
        }
        return .literal(.int64(value), DataType.bigint.notNull, span: span)
    }

    private static func outOfRange(_ text: String, _ span: SourceSpan?) -> SQLError {
        SQLError(
            .literalOutOfRange, "the number \(text) is out of range", span: span,
            hint: "write CAST('\(text)' AS DECIMAL(…))")
    }

    /// `1.5E-3`: DOUBLE.
    public static func approximateNumber(_ text: String, span: SourceSpan?) throws(SQLError) -> BoundExpr {
        var copy = text
        guard let value = copy.withUTF8({ DoubleParser.parse(UnsafeRawBufferPointer($0)) }), value.isFinite
        else {
            throw SQLError(.literalOutOfRange, "the number \(text) is out of range", span: span)
        }
        return .literal(.float64(value), DataType.double.notNull, span: span)
    }

    /// `'abc'`: CHAR(3).
    public static func string(_ text: String, span: SourceSpan?) -> BoundExpr {
        .literal(.string(text), DataType(.char(text.utf16.count), nullable: false), span: span)
    }

    /// `X'00FF'`: BINARY(2).
    public static func binary(_ bytes: [UInt8], span: SourceSpan?) -> BoundExpr {
        .literal(.bytes(bytes), DataType(.binary(bytes.count), nullable: false), span: span)
    }

    public static func boolean(_ value: Bool, span: SourceSpan?) -> BoundExpr {
        .literal(.bool(value), DataType.boolean.notNull, span: span)
    }

    /// A bare NULL, whose type the place decides.
    public static func null(span: SourceSpan?) -> BoundExpr { .literal(.null, .null, span: span) }

    /// `DATE '2024-02-29'`.
    public static func date(_ text: String, span: SourceSpan?) throws(SQLError) -> BoundExpr {
        var scanner = DigitScanner(text)
        guard let days = scanner.date(), scanner.isAtEnd else {
            throw malformed("DATE", text, "yyyy-MM-dd", span)
        }
        return .literal(.int32(Int32(truncatingIfNeeded: days)), DataType.date.notNull, span: span)
    }

    /// `TIME '12:34:56'`.
    public static func time(_ text: String, span: SourceSpan?) throws(SQLError) -> BoundExpr {
        var scanner = DigitScanner(text)
        guard let clock = scanner.clock(), scanner.isAtEnd else {
            throw malformed("TIME", text, "HH:mm:ss", span)
        }
        let millis = Int32(truncatingIfNeeded: clock.seconds * 1000)
        return .literal(.int32(millis), DataType.time.notNull, span: span)
    }

    /// `TIMESTAMP '2024-02-29 12:34:56.789'`: the precision is the number of digits of the fraction.
    public static func timestamp(
        _ text: String, withLocalZone zone: TimeZoneRules? = nil, span: SourceSpan?
    ) throws(SQLError) -> BoundExpr {
        var scanner = DigitScanner(text)
        let format = "yyyy-MM-dd HH:mm:ss[.fff]"
        guard let days = scanner.date() else { throw malformed("TIMESTAMP", text, format, span) }
        var clock = DigitScanner.Clock(seconds: 0, nanos: 0, precision: 0)
        if !scanner.isAtEnd {
            guard scanner.skip(0x20), let read = scanner.clock(), scanner.isAtEnd else {
                throw malformed("TIMESTAMP", text, format, span)
            }
            clock = read
        }
        let micros = (Int64(days) * 86_400 + Int64(clock.seconds)) * 1_000_000
        let utc = zone?.utcMicros(micros) ?? micros
        let kind: TypeKind = zone == nil ? .timestamp(clock.precision) : .timestampLTZ(clock.precision)
        let datum: Datum =
            kind.physical == .int64
            ? .int64(utc + Int64(clock.nanos / 1000)) : .int128(Int128(utc) * 1000 + Int128(clock.nanos))
        return .literal(datum, DataType(kind, nullable: false), span: span)
    }

    private static func malformed(
        _ type: String, _ text: String, _ format: String, _ span: SourceSpan?
    ) -> SQLError {
        SQLError(.literal, "'\(text)' is not a \(type)", span: span, hint: "the format is \(format)")
    }
}

/// Reads the digits and separators of date and time literals.
struct DigitScanner {
    struct Clock {
        var seconds: Int
        var nanos: Int
        /// Digits of the fraction.
        var precision: Int
    }

    private let bytes: [UInt8]
    private(set) var index = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { index == bytes.count }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// A run of digits and how many there were; at most `most`.
    mutating func number(_ most: Int) -> (value: Int, digits: Int)? {
        var value = 0
        var count = 0
        while index < bytes.count, count < most, bytes[index] &- 0x30 <= 9 {
            value = value * 10 + Int(bytes[index] &- 0x30)
            index += 1
            count += 1
        }
        return count > 0 ? (value, count) : nil
    }

    mutating func date() -> Int? {
        guard let year = number(4), skip(0x2D), let month = number(2), skip(0x2D), let day = number(2),
            (1...12).contains(month.value), day.value >= 1,
            day.value <= CivilDate.daysInMonth(year.value, month.value)
        else { return nil }
        return CivilDate.days(year: year.value, month: month.value, day: day.value)
    }

    mutating func clock() -> Clock? {
        guard let hour = number(2), skip(0x3A), let minute = number(2), skip(0x3A), let second = number(2),
            hour.value < 24, minute.value < 60, second.value < 60
        else { return nil }
        var clock = Clock(
            seconds: (hour.value * 60 + minute.value) * 60 + second.value, nanos: 0, precision: 0)
        if skip(0x2E) {
            guard let fraction = number(9) else { return isAtEnd ? clock : nil }
            clock.precision = fraction.digits
            clock.nanos = fraction.value
            for _ in fraction.digits..<9 { clock.nanos *= 10 }
        }
        return clock
    }
}
