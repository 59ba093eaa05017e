import SluiceBase
import SluiceColumns

/// LIKE and SIMILAR TO.
let likeFunctions: [FunctionDefinition] = [
    .scalar(
        "LIKE", .comparison, "string LIKE pattern [ESCAPE character]",
        ArgumentForms([.character, .character], [.character, .character, .character]), .of(.boolean),
        canFail: true
    ) { (call) throws(SQLError) in
        let hasEscape = call.children.count == 3
        return KernelFactory(call).bool { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let patterns = arguments.text(1)
            let escapes = hasEscape ? arguments.text(2) : nil
            if patterns.stride == 0, (escapes?.stride ?? 0) == 0, arguments.count > 0 {
                if patterns.column.isNull(0) { return { (_) throws(SQLError) in nil } }
                let pattern = try LikePattern(patterns[0], escape: escapes?[0])
                return { (row) throws(SQLError) in pattern.matches(text[row]) }
            }
            return { (row) throws(SQLError) in
                try LikePattern(patterns[row], escape: escapes?[row]).matches(text[row])
            }
        }
    },
    .scalar(
        "SIMILAR TO", .comparison, "string SIMILAR TO pattern [ESCAPE character]",
        ArgumentForms([.character, .character], [.character, .character, .character]), .of(.boolean),
        canFail: true
    ) { (call) throws(SQLError) in
        let hasEscape = call.children.count == 3
        let pool = RegexPool()
        return KernelFactory(call).bool { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let patterns = arguments.text(1)
            let escapes = hasEscape ? arguments.text(2) : nil
            let translated = SimilarSession(pool)
            return { (row) throws(SQLError) in
                try translated.program(patterns[row], escapes?[row]).matches(text[row])
            }
        }
    },
]

/// The one character of an ESCAPE clause.
func escapeCharacter(_ escape: UTF8Text.Bytes?) throws(SQLError) -> Unicode.Scalar? {
    guard let escape else { return nil }
    let scalars = UTF8Text.scalars(escape)
    guard scalars.count == 1 else {
        throw SQLError(
            .evaluation, "the escape \"\(String(decoding: escape, as: UTF8.self))\" is not one character")
    }
    return scalars[0]
}

/// Keeps the program of the last SIMILAR TO pattern of a batch.
private final class SimilarSession {
    private let pool: RegexPool
    private var pattern: [UInt8] = []
    private var escape: [UInt8] = []
    private var current: RegexProgram?
    private var key: [UInt8] = []

    init(_ pool: RegexPool) { self.pool = pool }

    deinit {
        if let current { pool.giveBack([key: current]) }
    }

    func program(_ pattern: UTF8Text.Bytes, _ escape: UTF8Text.Bytes?) throws(SQLError) -> RegexProgram {
        let escapeBytes = escape.map { Array($0) } ?? []
        if let current, self.pattern.elementsEqual(pattern), self.escape == escapeBytes { return current }
        let regex = try SimilarPattern.regex(pattern, escape: try escapeCharacter(escape))
        guard let fresh = pool.take(regex) else { throw SimilarPattern.invalid(pattern) }
        self.pattern = Array(pattern)
        self.escape = escapeBytes
        key = regex
        current = fresh
        return fresh
    }
}
