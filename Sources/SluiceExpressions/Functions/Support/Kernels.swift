import SluiceBase
import SluiceColumns

/// Writes the value of a row to an empty buffer; false for NULL.
typealias TextBody = (_ row: Int, _ out: inout [UInt8]) throws(SQLError) -> Bool
/// The value of a row; nil for NULL.
typealias FixedBody<Element> = (_ row: Int) throws(SQLError) -> Element?
/// The part of the source value that is the result; nil for NULL.
typealias SliceBody = (_ row: Int) throws(SQLError) -> Range<Int>?
typealias DatumBody = (_ row: Int) throws(SQLError) -> Datum

/// Builds kernels from a body per row. A body is made once a batch, with readers over its arguments.
struct KernelFactory: Sendable {
    let types: [DataType]
    let result: DataType
    /// A NULL argument makes the result NULL without a call of the body.
    var skipsNulls = true
    /// Equal arguments give an equal result, so that constants are computed once.
    var isPure = true

    init(_ call: BoundExpr, skipsNulls: Bool = true, isPure: Bool = true) {
        types = call.children.map(\.type)
        result = call.type
        self.skipsNulls = skipsNulls
        self.isPure = isPure
    }

    /// Evaluates constants once and passes everything else on.
    private func folding(
        _ evaluate: @escaping @Sendable (Arguments, Bitmap?) throws(SQLError) -> Column
    ) -> Kernel {
        let types = types
        let result = result
        let skipsNulls = skipsNulls
        let isPure = isPure
        return { (columns, count, context) throws(SQLError) in
            if skipsNulls, columns.contains(where: { $0.constantValue?.isNull ?? false }) {
                return .constant(.null, type: result, count: count)
            }
            if isPure, count > 0, columns.allSatisfy({ $0.constantValue != nil }) {
                let one = Arguments(columns.map { $0.slice(0, 1) }, types, 1, context)
                let value = try evaluate(one, skipsNulls ? one.validity : nil)
                return .constant(value.datum(0), type: result, count: count)
            }
            let arguments = Arguments(columns, types, count, context)
            return try evaluate(arguments, skipsNulls ? arguments.validity : nil)
        }
    }

    func text(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> TextBody) -> Kernel {
        folding { (arguments, validity) throws(SQLError) in
            let body = try setup(arguments)
            let out = BytesBuilder(capacity: arguments.count)
            var scratch: [UInt8] = []
            for row in 0..<arguments.count {
                if let validity, !validity[row] {
                    out.appendNull()
                    continue
                }
                scratch.removeAll(keepingCapacity: true)
                if try body(row, &scratch) { out.append(scratch) } else { out.appendNull() }
            }
            return .bytes(out.finish())
        }
    }

    /// Results are parts of argument `source` and share its memory.
    func slice(
        of source: Int, _ setup: @escaping @Sendable (Arguments) throws(SQLError) -> SliceBody
    ) -> Kernel {
        folding { (arguments, validity) throws(SQLError) in
            let body = try setup(arguments)
            let text = arguments.text(source)
            let views = FixedBuilder<StringView>(capacity: arguments.count)
            let empty = StringView(length: 0, prefix: 0, bufferIndex: 0, offset: 0)
            for row in 0..<arguments.count {
                if let validity, !validity[row] {
                    views.appendNull(empty)
                    continue
                }
                guard let part = try body(row) else {
                    views.appendNull(empty)
                    continue
                }
                views.append(KernelFactory.view(text, row, part))
            }
            let column = views.finish()
            withExtendedLifetime(text.column.storage) {}
            let storage = BytesStorage(views: column.buffer, data: text.column.storage.data)
            return .bytes(BytesColumn(storage: storage, count: column.count, validity: column.validity))
        }
    }

    @inline(__always)
    private static func view(_ text: TextArgument, _ row: Int, _ part: Range<Int>) -> StringView {
        let whole = text[row]
        guard let base = whole.baseAddress, !part.isEmpty else {
            return StringView(length: 0, prefix: 0, bufferIndex: 0, offset: 0)
        }
        let start = base + part.lowerBound
        if part.count <= StringView.inlineCapacity { return BytesBuilder.inlineView(start, part.count) }
        let old = text.column.views[row &* text.stride]
        return StringView(
            length: UInt32(truncatingIfNeeded: part.count), prefix: start.loadUnaligned(as: UInt32.self),
            bufferIndex: old.bufferIndex, offset: old.offset &+ UInt32(truncatingIfNeeded: part.lowerBound))
    }

    private func fixed<Element: BitwiseCopyable & Sendable>(
        _ placeholder: Element, _ wrap: @escaping @Sendable (FixedColumn<Element>) -> Column,
        _ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Element>
    ) -> Kernel {
        folding { (arguments, validity) throws(SQLError) in
            let body = try setup(arguments)
            let out = FixedBuilder<Element>(capacity: arguments.count)
            for row in 0..<arguments.count {
                if let validity, !validity[row] {
                    out.appendNull(placeholder)
                } else if let value = try body(row) {
                    out.append(value)
                } else {
                    out.appendNull(placeholder)
                }
            }
            return wrap(out.finish())
        }
    }

    func bool(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Bool>) -> Kernel {
        fixed(false, { .bool($0) }, setup)
    }
    func int32(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Int32>) -> Kernel {
        fixed(0, { .int32($0) }, setup)
    }
    func int64(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Int64>) -> Kernel {
        fixed(0, { .int64($0) }, setup)
    }
    func int128(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Int128>) -> Kernel {
        fixed(0, { .int128($0) }, setup)
    }
    func float32(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Float>) -> Kernel {
        fixed(0, { .float32($0) }, setup)
    }
    func double(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Double>) -> Kernel {
        fixed(0, { .float64($0) }, setup)
    }

    /// INT, BIGINT or a wide DECIMAL, by the layout of the result type.
    func integer(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> FixedBody<Int128>) -> Kernel {
        switch result.physical {
        case .int32:
            return int32 { (arguments) throws(SQLError) in
                let body = try setup(arguments)
                return { (row) throws(SQLError) in try body(row).map { Int32(truncatingIfNeeded: $0) } }
            }
        case .int64:
            return int64 { (arguments) throws(SQLError) in
                let body = try setup(arguments)
                return { (row) throws(SQLError) in try body(row).map { Int64(truncatingIfNeeded: $0) } }
            }
        default: return int128(setup)
        }
    }

    func datum(_ setup: @escaping @Sendable (Arguments) throws(SQLError) -> DatumBody) -> Kernel {
        let result = result
        return folding { (arguments, validity) throws(SQLError) in
            let body = try setup(arguments)
            let out = ColumnBuilder(result, capacity: arguments.count)
            for row in 0..<arguments.count {
                if let validity, !validity[row] {
                    out.appendNull()
                } else {
                    out.append(try body(row))
                }
            }
            return out.finish()
        }
    }
}
