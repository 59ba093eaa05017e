public import SluiceBase

/// What a text holds: its statements, and an error for each place that is none.
public struct ParsedScript: Sendable {
    public var statements: [ParsedStatement]
    /// Sorted by position.
    public var errors: [SQLError]
}

extension Parser {
    /// Reads every statement of a text. Behind an error it goes on after the next semicolon.
    public static func parseScript(_ text: String) -> ParsedScript {
        var parser = Parser(text)
        return parser.parseScript()
    }

    /// Reads exactly one statement, with or without a semicolon behind it.
    public static func parseStatement(_ text: String) throws(SQLError) -> Statement {
        var parser = Parser(text)
        let statement = try parser.parseStatement()
        while parser.accept(.semicolon) {}
        try parser.expectEnd()
        return statement
    }

    public static func parseQuery(_ text: String) throws(SQLError) -> Query {
        var parser = Parser(text)
        let query = try parser.parseQuery()
        try parser.expectEnd()
        return query
    }

    public static func parseExpression(_ text: String) throws(SQLError) -> Expr {
        var parser = Parser(text)
        let expr = try parser.parseExpression()
        try parser.expectEnd()
        return expr
    }

    public static func parseType(_ text: String) throws(SQLError) -> TypeName {
        var parser = Parser(text)
        let type = try parser.parseTypeName()
        try parser.expectEnd()
        return type
    }

    private mutating func expectEnd() throws(SQLError) {
        guard isAt(.endOfText) else {
            note(.endOfStatement)
            throw failure()
        }
    }

    private mutating func parseScript() -> ParsedScript {
        var script = ParsedScript(statements: [], errors: [])
        while true {
            while isAt(.semicolon) { advance() }
            if isAt(.endOfText) { return script }
            let start = index
            do throws(SQLError) {
                let statement = try parseStatement()
                let place = span(from: start)
                let source = source(from: start)
                guard isAt(.endOfText) || isAt(.semicolon) else {
                    note(.endOfStatement)
                    throw failure()
                }
                script.statements.append(ParsedStatement(statement: statement, span: place, text: source))
            } catch {
                script.errors.append(error)
                recover()
            }
        }
    }

    /// Moves to the next semicolon.
    private mutating func recover() {
        depth = 0
        suspect = nil
        while !isAt(.endOfText), !isAt(.semicolon) { advance() }
    }
}
