import SluiceBase
import SluiceColumns

/// RAND, RAND_INTEGER, UUID.
let randomFunctions: [FunctionDefinition] = [
    .scalar(
        "RAND", .arithmetic, "RAND([seed])", ArgumentForms([], [.integer]), .notNull(.double),
        deterministic: false
    ) { (call) throws(SQLError) in
        let state = Lock<JavaRandom?>(nil)
        let isSeeded = call.children.count == 1
        return KernelFactory(call, skipsNulls: false, isPure: false).double { (arguments) throws(SQLError) in
            let seed = isSeeded && arguments.count > 0 ? arguments.int(0)[0] : nil
            return { (_) throws(SQLError) in
                draw(state, seed, arguments.context) { $0.nextDouble() }
            }
        }
    },
    .scalar(
        "RAND_INTEGER", .arithmetic, "RAND_INTEGER([seed, ]bound)",
        ArgumentForms([.integer], [.integer, .integer]), .of(.int), deterministic: false, canFail: true
    ) { (call) throws(SQLError) in
        let state = Lock<JavaRandom?>(nil)
        let boundAt = call.children.count - 1
        return KernelFactory(call, isPure: false).int32 { (arguments) throws(SQLError) in
            let seed = boundAt == 1 && arguments.count > 0 ? arguments.int(0)[0] : nil
            let bound = arguments.int(boundAt)
            return { (row) throws(SQLError) in
                guard let limit = Int32(exactly: bound[row]), limit > 0 else {
                    throw SQLError(.evaluation, "the bound of function \"RAND_INTEGER\" must be positive")
                }
                return draw(state, seed, arguments.context) { $0.nextInt(limit) }
            }
        }
    },
    .scalar(
        "UUID", .string, "UUID()", ArgumentForms([]), .notNull(DataType(.char(36))), deterministic: false
    ) { (call) throws(SQLError) in
        KernelFactory(call, isPure: false).text { (arguments) throws(SQLError) in
            { (_, out) throws(SQLError) in
                let random = arguments.context.random
                let high = random.next()
                let low = random.next()
                appendUUID(high & ~0xF000 | 0x4000, low & ~(3 << 62) | 1 << 63, &out)
                return true
            }
        }
    },
]

/// The next number of a call's generator, made on first use.
private func draw<Value>(
    _ state: Lock<JavaRandom?>, _ seed: Int64?, _ context: EvalContext, _ next: (inout JavaRandom) -> Value
) -> Value {
    state.withLock { current in
        var random = current ?? JavaRandom(seed: seed ?? Int64(bitPattern: context.random.next()))
        let value = next(&random)
        current = random
        return value
    }
}

private func appendUUID(_ high: UInt64, _ low: UInt64, _ out: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 { out.append(0x2D) }
        let word = index < 16 ? high : low
        out.append(digits[Int(word >> UInt64(60 - index % 16 * 4) & 15)])
    }
}

/// The generator that `java.util.Random` specifies, so that a seed gives the same sequence.
struct JavaRandom: Sendable {
    private var state: Int64

    init(seed: Int64) { state = (seed ^ 0x5_DEEC_E66D) & (1 << 48 - 1) }

    private mutating func next(_ bits: Int64) -> Int32 {
        state = (state &* 0x5_DEEC_E66D &+ 0xB) & (1 << 48 - 1)
        return Int32(truncatingIfNeeded: state >> (48 - bits))
    }

    mutating func nextDouble() -> Double {
        let high = Int64(next(26)) << 27
        return Double(high + Int64(next(27))) * 0x1p-53
    }

    /// In 0..<bound.
    mutating func nextInt(_ bound: Int32) -> Int32 {
        if bound & (bound - 1) == 0 { return Int32(truncatingIfNeeded: Int64(bound) * Int64(next(31)) >> 31) }
        while true {
            let bits = next(31)
            let value = bits % bound
            if bits &- value &+ (bound - 1) >= 0 { return value }
        }
    }
}
