import SluiceBase
import SluiceColumns

/// BIN, HEX, UNHEX.
let radixFunctions: [FunctionDefinition] = [
    .scalar("BIN", .arithmetic, "BIN(integer)", ArgumentForms([.integer]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let number = arguments.int(0)
            return { (row, out) throws(SQLError) in
                appendBits(UInt64(bitPattern: number[row]), bits: 1, &out)
                return true
            }
        }
    },
    .scalar(
        "HEX", .arithmetic, "HEX(integer or string)", ArgumentForms([.integer], [.character]), .of(.string)
    ) {
        (call) throws(SQLError) in
        let isNumber = call.children[0].type.kind.isInteger
        return KernelFactory(call).text { (arguments) throws(SQLError) in
            if isNumber {
                let number = arguments.int(0)
                return { (row, out) throws(SQLError) in
                    appendBits(UInt64(bitPattern: number[row]), bits: 4, &out)
                    return true
                }
            }
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                for byte in text[row] {
                    out.append(upperDigits[Int(byte >> 4)])
                    out.append(upperDigits[Int(byte & 15)])
                }
                return true
            }
        }
    },
    .scalar("UNHEX", .arithmetic, "UNHEX(string)", ArgumentForms([.character]), .nullable(.bytes)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in unhex(text[row], &out) }
        }
    },
]

private let upperDigits = Array("0123456789ABCDEF".utf8)

/// The digits of an unsigned number in base 2 or 16, without leading zeros.
private func appendBits(_ value: UInt64, bits: UInt64, _ out: inout [UInt8]) {
    let top = value == 0 ? 0 : UInt64(63 - value.leadingZeroBitCount) / bits * bits
    var shift = top
    while true {
        out.append(upperDigits[Int(value >> shift & (1 << bits - 1))])
        if shift == 0 { return }
        shift -= bits
    }
}

/// An odd number of digits has a zero in front; anything but digits is NULL.
private func unhex(_ text: UnsafeRawBufferPointer, _ out: inout [UInt8]) -> Bool {
    var pending: UInt8? = text.count % 2 == 1 ? 0 : nil
    for byte in text {
        guard let digit = URLText.digit(byte) else { return false }
        if let high = pending {
            out.append(high << 4 | digit)
            pending = nil
        } else {
            pending = digit
        }
    }
    return true
}
