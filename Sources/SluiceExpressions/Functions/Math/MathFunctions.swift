import Glibc
import SluiceBase
import SluiceColumns

/// The arithmetic functions.
let mathFunctions: [FunctionDefinition] =
    realFunctions + roundingFunctions + radixFunctions + randomFunctions

/// Functions from DOUBLE to DOUBLE; every numeric argument is converted.
private let realFunctions: [FunctionDefinition] = [
    real("SQRT") { $0.squareRoot() },
    real("LN") { log($0) },
    real("LOG10") { log10($0) },
    real("LOG2") { log($0) / log(2) },
    real("EXP") { exp($0) },
    real("SIN") { sin($0) }, real("SINH") { sinh($0) },
    real("COS") { cos($0) }, real("COSH") { cosh($0) },
    real("TAN") { tan($0) }, real("TANH") { tanh($0) },
    real("COT") { 1 / tan($0) },
    real("ASIN") { asin($0) }, real("ACOS") { acos($0) }, real("ATAN") { atan($0) },
    real("DEGREES") { $0 * 57.29577951308232 },
    real("RADIANS") { $0 * 0.017453292519943295 },
    real2("POWER", "POWER(base, exponent)") { pow($0, $1) },
    real2("ATAN2", "ATAN2(y, x)") { atan2($0, $1) },
    constant("PI", .pi), constant("E", M_E),
    .scalar(
        "LOG", .arithmetic, "LOG([base, ]x)", ArgumentForms([.numeric], [.numeric, .numeric]), .of(.double)
    ) { (call) throws(SQLError) in
        let hasBase = call.children.count == 2
        return KernelFactory(call).double { (arguments) throws(SQLError) in
            let first = arguments.double(0)
            guard hasBase else { return { (row) throws(SQLError) in log(first[row]) } }
            let second = arguments.double(1)
            return { (row) throws(SQLError) in log(second[row]) / log(first[row]) }
        }
    },
]

private func real(_ name: String, _ function: @escaping @Sendable (Double) -> Double) -> FunctionDefinition {
    .scalar(name, .arithmetic, "\(name)(x)", ArgumentForms([.numeric]), .of(.double)) {
        (call) throws(SQLError) in
        KernelFactory(call).double { (arguments) throws(SQLError) in
            let x = arguments.double(0)
            return { (row) throws(SQLError) in function(x[row]) }
        }
    }
}

private func real2(
    _ name: String, _ signature: String, _ function: @escaping @Sendable (Double, Double) -> Double
) -> FunctionDefinition {
    .scalar(name, .arithmetic, signature, ArgumentForms([.numeric, .numeric]), .of(.double)) {
        (call) throws(SQLError) in
        KernelFactory(call).double { (arguments) throws(SQLError) in
            let x = arguments.double(0)
            let y = arguments.double(1)
            return { (row) throws(SQLError) in function(x[row], y[row]) }
        }
    }
}

private func constant(_ name: String, _ value: Double) -> FunctionDefinition {
    .scalar(name, .arithmetic, "\(name)()", ArgumentForms([]), .notNull(.double)) { (_) throws(SQLError) in
        { (_, count, _) throws(SQLError) in
            .constant(.float64(value), type: .double.notNull, count: count)
        }
    }
}
