import SluiceBase
import SluiceColumns

/// Sets of integers as byte strings in the portable Roaring format.
let bitmapFunctions: [FunctionDefinition] = [
    .scalar(
        "BITMAP_BUILD", .collection, "BITMAP_BUILD(array of INT)", ArgumentForms([.array]),
        ResultRule { (site) throws(SQLError) in
            let element = elementType(site.arguments[0].type).kind
            guard element.isInteger, element != .bigint else {
                throw SQLError(
                    .typeMismatch, "function \"BITMAP_BUILD\" takes an array of INT, not of \(element)",
                    span: site.arguments[0].span ?? site.span)
            }
            return DataType.bytes.nullable(ResultRule.anyNullable(site))
        }
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let array = arguments.datum(0)
            return { (row, out) throws(SQLError) in
                let numbers = elements(array[row]).compactMap { $0.asInt64 }
                RoaringBitmap(numbers.map { UInt32(truncatingIfNeeded: $0) }).serialize(to: &out)
                return true
            }
        }
    },
    fromBitmap("BITMAP_TO_STRING", .string) { bitmap, out in bitmap.write(to: &out) },
    fromBitmap("BITMAP_TO_BYTES", .bytes) { bitmap, out in bitmap.serialize(to: &out) },
    fromBitmap("BITMAP_FROM_BYTES", .bytes) { bitmap, out in bitmap.serialize(to: &out) },
    .scalar(
        "BITMAP_CARDINALITY", .collection, "BITMAP_CARDINALITY(bitmap)", ArgumentForms([.binary]),
        .of(.bigint),
        canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).int64 { (arguments) throws(SQLError) in
            let bytes = arguments.text(0)
            return { (row) throws(SQLError) in
                Int64(try bitmap(bytes[row], "BITMAP_CARDINALITY").values.count)
            }
        }
    },
    .scalar(
        "BITMAP_TO_ARRAY", .collection, "BITMAP_TO_ARRAY(bitmap)", ArgumentForms([.binary]),
        .of(DataType(.array(DataType.int.notNull))), canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).datum { (arguments) throws(SQLError) in
            let bytes = arguments.text(0)
            return { (row) throws(SQLError) in
                .list(try bitmap(bytes[row], "BITMAP_TO_ARRAY").values.map { .int32(Int32(bitPattern: $0)) })
            }
        }
    },
    combining("BITMAP_AND") { $0.intersection($1) }, combining("BITMAP_OR") { $0.union($1) },
    combining("BITMAP_XOR") { $0.symmetricDifference($1) }, combining("BITMAP_ANDNOT") { $0.subtracting($1) },
]

private func bitmap(_ bytes: UnsafeRawBufferPointer, _ function: String) throws(SQLError) -> RoaringBitmap {
    guard let bitmap = RoaringBitmap(bytes: bytes) else {
        throw SQLError(.evaluation, "function \"\(function)\" got bytes that are no bitmap")
    }
    return bitmap
}

private func fromBitmap(
    _ name: String, _ type: DataType, _ write: @escaping @Sendable (RoaringBitmap, inout [UInt8]) -> Void
) -> FunctionDefinition {
    .scalar(name, .collection, "\(name)(bitmap)", ArgumentForms([.binary]), .of(type), canFail: true) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let bytes = arguments.text(0)
            return { (row, out) throws(SQLError) in
                write(try bitmap(bytes[row], name), &out)
                return true
            }
        }
    }
}

private func combining(
    _ name: String, _ combine: @escaping @Sendable (RoaringBitmap, RoaringBitmap) -> RoaringBitmap
) -> FunctionDefinition {
    .scalar(
        name, .collection, "\(name)(bitmap, bitmap)", ArgumentForms([.binary, .binary]), .of(.bytes),
        canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let left = arguments.text(0)
            let right = arguments.text(1)
            return { (row, out) throws(SQLError) in
                combine(try bitmap(left[row], name), try bitmap(right[row], name)).serialize(to: &out)
                return true
            }
        }
    }
}
