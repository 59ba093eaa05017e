import SluiceBase
import SluiceColumns

/// Casts from and to strings and byte strings (K4, K5, K10, K11).
enum TextCasts {
    // MARK: To text

    static func toText(_ from: DataType, _ to: DataType) -> CastKernel {
        let shape = TextShape(to.kind)
        if from.kind.isCharacter {
            if !shape.isPadded && shape.length >= TypeRules.textLength(from.kind) {
                return { column, _, _, _ in column }
            }
            return reshape(to, shape)
        }
        if from.kind.isBinary {
            return { column, count, _, _ throws(SQLError) in
                try Loops.rows([column], count, to) { (columns, count, out) throws(SQLError) in
                    guard case .bytes(let builder) = out.storage else { return }
                    let values = columns[0].bytes
                    for index in 0..<count {
                        if values.isNull(index) {
                            builder.appendNull()
                        } else {
                            shape.append(repaired: values.bytes(at: index), to: builder)
                        }
                    }
                }
            }
        }
        return { column, count, context, _ throws(SQLError) in
            let formatter = ValueFormatter(from, zone: context.zone, rawBytes: true)
            return try Loops.rows([column], count, to) { (columns, count, out) throws(SQLError) in
                guard case .bytes(let builder) = out.storage else { return }
                var scratch = ByteScratch(capacity: 1024)
                let values = columns[0]
                for index in 0..<count {
                    if values.isNull(index) {
                        builder.appendNull()
                        continue
                    }
                    scratch.removeAll()
                    formatter.append(values, index, to: &scratch)
                    shape.append(scratch.bytes, to: builder)
                }
            }
        }
    }

    private static func reshape(_ to: DataType, _ shape: TextShape) -> CastKernel {
        { column, count, _, _ throws(SQLError) in
            try Loops.rows([column], count, to) { (columns, count, out) throws(SQLError) in
                guard case .bytes(let builder) = out.storage else { return }
                let values = columns[0].bytes
                for index in 0..<count {
                    if values.isNull(index) {
                        builder.appendNull()
                    } else {
                        shape.append(values.bytes(at: index), to: builder)
                    }
                }
            }
        }
    }

    /// Byte strings among themselves: cut, and filled with zero bytes for BINARY.
    static func binary(_ to: DataType) -> CastKernel { reshape(to, TextShape(to.kind)) }

    // MARK: From text

    static func fromText(_ from: DataType, _ to: DataType) throws(SQLError) -> CastKernel {
        switch to.kind {
        case .boolean: return parse(to) { bytes, _ in TextParsing.boolean(bytes) }
        case .tinyint: return integer(to, -128, 127)
        case .smallint: return integer(to, -32768, 32767)
        case .int: return integer(to, Int64(Int32.min), Int64(Int32.max))
        case .bigint:
            return parse(to) { bytes, _ in TextParsing.integer(bytes, min: .min, max: .max) }
        case .float: return parse(to) { bytes, _ in TextParsing.float(bytes) }
        case .double: return parse(to) { bytes, _ in TextParsing.double(bytes) }
        case .decimal(let precision, let scale):
            if to.physical == .int64 {
                return parse(to) { bytes, _ in
                    TextParsing.decimal(bytes, precision: precision, scale: scale)
                        .map { Int64(truncatingIfNeeded: $0) }
                }
            }
            return parse(to) { bytes, _ in
                TextParsing.decimal(bytes, precision: precision, scale: scale)
            }
        case .date: return parse(to) { bytes, _ in TemporalParsing.date(bytes) }
        case .time(let precision):
            return parse(to) { bytes, _ in
                TemporalParsing.time(bytes).map { precision == 0 ? $0 / 1000 * 1000 : $0 }
            }
        case .timestamp(let precision), .timestampLTZ(let precision):
            return timestamp(to, precision)
        default: return reshape(to, TextShape(to.kind))
        }
    }

    private static func integer(_ to: DataType, _ min: Int64, _ max: Int64) -> CastKernel {
        parse(to) { bytes, _ in
            TextParsing.integer(bytes, min: min, max: max).map { Int32(truncatingIfNeeded: $0) }
        }
    }

    private static func timestamp(_ to: DataType, _ precision: Int) -> CastKernel {
        let isLocal: Bool
        if case .timestampLTZ = to.kind { isLocal = true } else { isLocal = false }
        if to.physical == .int64 {
            return parse(to) { bytes, context -> Int64? in
                guard let value = TemporalParsing.timestamp(bytes, precision: precision) else { return nil }
                let micros = Int64(truncatingIfNeeded: value)
                return isLocal ? context.zone.utcMicros(micros) : micros
            }
        }
        return parse(to) { bytes, context -> Int128? in
            guard let value = TemporalParsing.timestamp(bytes, precision: precision) else { return nil }
            return isLocal ? TemporalCasts.toUTC(nanos: value, context.zone) : value
        }
    }

    private static func parse<T: FixedValue>(
        _ to: DataType, _ read: @escaping @Sendable (UnsafeRawBufferPointer, EvalContext) -> T?
    ) -> CastKernel {
        { column, count, context, mode throws(SQLError) in
            if let constant = column.constantValue {
                guard case .bytes(let bytes) = constant else {
                    return .constant(.null, type: to, count: count)
                }
                if let value = bytes.withUnsafeBytes({ read($0, context) }) {
                    return .constant(T.datum(value), type: to, count: count)
                }
                if mode.isNullOnFailure || count == 0 { return .constant(.null, type: to, count: count) }
                throw bytes.withUnsafeBytes { CastKernels.failure($0, to) }
            }
            let values = column.bytes
            let builder = FixedBuilder<T>(capacity: count)
            for index in 0..<count {
                if values.isNull(index) {
                    builder.appendNull(T.placeholder)
                } else if let value = read(values.bytes(at: index), context) {
                    builder.append(value)
                } else if mode.isNullOnFailure {
                    builder.appendNull(T.placeholder)
                } else {
                    throw CastKernels.failure(values.bytes(at: index), to)
                }
            }
            return T.wrap(builder.finish())
        }
    }
}

/// The length rule of a string or byte string type: cut to the length, filled up if it is fixed (K5).
struct TextShape: Sendable {
    var length: Int
    var isPadded: Bool
    var isText: Bool

    init(_ kind: TypeKind) {
        length = TypeRules.textLength(kind)
        isText = kind.isCharacter
        switch kind {
        case .char, .binary: isPadded = true
        default: isPadded = false
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer, to out: BytesBuilder) {
        if length == .max32 && !isPadded {
            out.append(bytes)
            return
        }
        let (end, count) = cut(bytes)
        if !isPadded || count >= length {
            out.append(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            return
        }
        var padded = Array(bytes[..<end])
        padded.append(contentsOf: repeatElement(isText ? 0x20 : 0, count: length - count))
        out.append(padded)
    }

    /// Text from bytes: invalid UTF-8 becomes U+FFFD.
    func append(repaired bytes: UnsafeRawBufferPointer, to out: BytesBuilder) {
        if bytes.allSatisfy({ $0 < 0x80 }) {
            append(bytes, to: out)
            return
        }
        var text = String(decoding: bytes, as: UTF8.self)
        text.withUTF8 { append(UnsafeRawBufferPointer($0), to: out) }
    }

    /// The end of the part that fits, and how many units it has.
    private func cut(_ bytes: UnsafeRawBufferPointer) -> (end: Int, count: Int) {
        if !isText { return (min(bytes.count, length), min(bytes.count, length)) }
        var count = 0
        var index = 0
        while index < bytes.count {
            // A code point starts at each byte that is no continuation.
            if bytes[index] & 0xC0 != 0x80 {
                if count == length { return (index, count) }
                count += 1
            }
            index += 1
        }
        return (bytes.count, count)
    }
}
