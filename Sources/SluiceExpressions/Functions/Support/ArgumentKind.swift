import SluiceBase
import SluiceColumns

/// What a function takes at one place.
enum ArgumentKind: Sendable {
    case any
    case character, binary, bytes
    case integer, numeric, exactNumeric
    case boolean
    case date, time, timestamp, datetime, interval
    case array, map

    func matches(_ kind: TypeKind) -> Bool {
        switch self {
        case .any: return true
        case .character: return kind.isCharacter
        case .binary: return kind.isBinary
        case .bytes: return kind.isCharacter || kind.isBinary
        case .integer: return kind.isInteger
        case .numeric: return kind.isNumeric
        case .exactNumeric: return kind.isExactNumeric
        case .boolean: return kind == .boolean
        case .date: return kind == .date
        case .time: if case .time = kind { return true } else { return false }
        case .timestamp: return kind.isTimestamp
        case .datetime: return kind.isDateTime
        case .interval: return kind.isInterval
        case .array: if case .array = kind { return true } else { return false }
        case .map: if case .map = kind { return true } else { return false }
        }
    }
}

/// The argument lists that a function takes.
struct ArgumentForms: Sendable {
    var forms: [[ArgumentKind]]
    /// The last kind of a form may be repeated.
    var isVariadic = false
    /// A bare NULL is a value of any kind.
    var takesNull = false

    init(_ forms: [ArgumentKind]..., variadic: Bool = false, takesNull: Bool = false) {
        self.forms = forms
        isVariadic = variadic
        self.takesNull = takesNull
    }

    /// Refuses arguments that no form takes.
    func check(_ site: CallSite, signature: String) throws(SQLError) {
        if !takesNull, let place = site.arguments.first(where: { $0.type.kind == .null }) {
            throw SQLError(
                .typeMismatch, "function \"\(site.name)\" needs a type for NULL",
                span: place.span ?? site.span,
                hint: "write CAST(NULL AS type)")
        }
        for form in forms where fits(site.arguments, form) { return }
        let types = site.arguments.map { $0.type.kind.description }.joined(separator: ", ")
        let counts = forms.map(\.count)
        let isCountWrong = !isVariadic && !counts.contains(site.arguments.count)
        throw SQLError(
            isCountWrong ? .argumentCount : .typeMismatch,
            "function \"\(site.name)\" does not take (\(types))", span: site.span, hint: "use \(signature)")
    }

    private func fits(_ arguments: [BoundExpr], _ form: [ArgumentKind]) -> Bool {
        if arguments.count != form.count {
            guard isVariadic, arguments.count > form.count else { return false }
        }
        for (index, argument) in arguments.enumerated() {
            guard let kind = index < form.count ? form[index] : form.last else { return false }
            let isBareNull = takesNull && argument.type.kind == .null
            if !isBareNull && !kind.matches(argument.type.kind) { return false }
        }
        return true
    }
}

/// The result type of a call whose arguments were checked.
struct ResultRule: Sendable {
    var type: @Sendable (CallSite) throws(SQLError) -> DataType

    init(_ type: @escaping @Sendable (CallSite) throws(SQLError) -> DataType) { self.type = type }

    /// NULL only if an argument may be NULL.
    static func of(_ type: DataType) -> ResultRule {
        ResultRule { (site) throws(SQLError) in type.nullable(anyNullable(site)) }
    }
    /// May be NULL whatever the arguments are.
    static func nullable(_ type: DataType) -> ResultRule {
        ResultRule { (_) throws(SQLError) in type.nullable() }
    }
    static func notNull(_ type: DataType) -> ResultRule {
        ResultRule { (_) throws(SQLError) in type.notNull }
    }
    /// The type of an argument.
    static func argument(_ index: Int) -> ResultRule {
        ResultRule { (site) throws(SQLError) in
            let type = site.arguments[index].type
            return type.nullable(anyNullable(site))
        }
    }

    static func anyNullable(_ site: CallSite) -> Bool { site.arguments.contains { $0.type.isNullable } }
}

extension FunctionDefinition {
    /// A function that takes its arguments as they are.
    static func scalar(
        _ name: String, _ category: Category, _ signature: String, _ forms: ArgumentForms,
        _ result: ResultRule,
        deterministic: Bool = true, canFail: Bool = false,
        _ kernel: @escaping @Sendable (_ call: BoundExpr) throws(SQLError) -> Kernel
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, category, signature: signature, isDeterministic: deterministic, canFail: canFail,
            resolve: { (site) throws(SQLError) in
                try forms.check(site, signature: signature)
                return BoundExpr(.call(name, site.arguments), try result.type(site), span: site.span)
            },
            kernel: kernel)
    }

    /// The same function under another name.
    func named(_ other: String) -> FunctionDefinition {
        var copy = self
        let original = name
        copy.name = other
        copy.signature = signature.replacingPrefix(original, with: other)
        let inner = resolve
        copy.resolve = { (site) throws(SQLError) in
            var call = try inner(site)
            if case .call(_, let arguments) = call.kind { call.kind = .call(other, arguments) }
            return call
        }
        return copy
    }
}

extension String {
    func replacingPrefix(_ prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
