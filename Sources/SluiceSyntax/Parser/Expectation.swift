/// Something that would have been accepted where the parser stopped.
enum Expectation: Hashable {
    case keyword(Keyword)
    case symbol(TokenKind)
    case name
    case expression
    case query
    case table
    case string
    case integer
    case dataType
    case statement
    case timeUnit
    case endOfStatement

    /// As it stands in a message.
    var text: String {
        switch self {
        case .keyword(let keyword): return keyword.text
        case .symbol(let kind): return "\"\(kind.symbol)\""
        case .name: return "a name"
        case .expression: return "an expression"
        case .query: return "a query"
        case .table: return "a table"
        case .string: return "a string"
        case .integer: return "an integer"
        case .dataType: return "a data type"
        case .statement: return "a statement"
        case .timeUnit: return "a time unit"
        case .endOfStatement: return "the end of the statement"
        }
    }
}
