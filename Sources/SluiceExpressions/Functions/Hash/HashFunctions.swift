internal import COpenSSL
import SluiceBase
import SluiceColumns

/// MD5 and the SHA family, as lower-case hexadecimal text.
let hashFunctions: [FunctionDefinition] = [
    digest("MD5"), digest("SHA1"), digest("SHA224"), digest("SHA256"), digest("SHA384"), digest("SHA512"),
    .scalar(
        "SHA2", .hash, "SHA2(string, bits)", ArgumentForms([.character, .integer]), .nullable(.string),
        canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let bits = arguments.int(1)
            let hashers = [224, 256, 384, 512].map { MessageDigest("SHA\($0)") }
            return { (row, out) throws(SQLError) in
                guard let index = [Int64(224), 256, 384, 512].firstIndex(of: bits[row]) else {
                    throw SQLError(
                        .evaluation, "function \"SHA2\" knows 224, 256, 384 and 512 bits, not \(bits[row])")
                }
                return hashers[index]?.append(text[row], to: &out) ?? false
            }
        }
    },
]

private func digest(_ name: String) -> FunctionDefinition {
    .scalar(name, .hash, "\(name)(string)", ArgumentForms([.character]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            guard let hasher = MessageDigest(name) else {
                throw SQLError(.unsupported, "the cryptographic library of this system has no \(name)")
            }
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in hasher.append(text[row], to: &out) }
        }
    }
}

/// One algorithm with its context, for the rows of a batch.
private final class MessageDigest {
    private let context: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: 64)

    init?(_ name: String) {
        guard let context = sluice_digest_new(name) else { return nil }
        self.context = context
    }

    deinit { sluice_digest_free(context) }

    /// Appends the digest of `bytes` in hexadecimal; false if the library fails.
    func append(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) -> Bool {
        let length = buffer.withUnsafeMutableBufferPointer {
            sluice_digest(context, bytes.baseAddress, bytes.count, $0.baseAddress)
        }
        guard length > 0 else { return false }
        for byte in buffer[0..<Int(length)] {
            out.append(lowerDigits[Int(byte >> 4)])
            out.append(lowerDigits[Int(byte & 15)])
        }
        return true
    }
}

private let lowerDigits = Array("0123456789abcdef".utf8)
