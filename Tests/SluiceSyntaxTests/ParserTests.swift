import SluiceBase
import SluiceSyntax
import Testing

private func text(_ span: SourceSpan, _ source: String) -> String {
    String(decoding: Array(source.utf8)[span.lower..<span.upper], as: UTF8.self)
}

@Test("nodes know their place in the text")
func spans() throws {
    let source = "SELECT a.b + f(c) AS x FROM t AS u JOIN `v w` ON (u.k) = 1"
    guard case .query(let query) = try Parser.parseStatement(source), case .select(let select) = query.body,
        case .expr(let sum, let alias?) = select.items[0].kind,
        case .binary(.add, let left, let right) = sum.kind,
        case .join(let join)? = select.from?.kind, case .on(let condition) = join.condition
    else {
        Issue.record("wrong shape")
        return
    }
    #expect(text(query.span, source) == source)
    #expect(text(select.items[0].span, source) == "a.b + f(c) AS x")
    #expect(text(sum.span, source) == "a.b + f(c)")
    #expect(text(left.span, source) == "a.b")
    #expect(text(right.span, source) == "f(c)")
    #expect(text(alias.span, source) == "x")
    #expect(text(join.operatorSpan, source) == "JOIN")
    #expect(text(join.left.span, source) == "t AS u")
    #expect(text(join.right.span, source) == "`v w`")
    #expect(text(condition.span, source) == "(u.k) = 1")
}

@Test("equality looks at the meaning and not at places and spelling")
func equality() throws {
    let first = try Parser.parseStatement("select a , `b` from t")
    #expect(try first == Parser.parseStatement("SELECT (a), b FROM t;"))
    #expect(try first != Parser.parseStatement("SELECT A, b FROM t"))
}

@Test("a script goes on behind an error at the next semicolon")
func recovery() {
    let script = Parser.parseScript("SELECT 1; SELECT FORM; -- c\n SELECT 2; foo bar; SELECT 3")
    #expect(script.statements.map(\.text) == ["SELECT 1", "SELECT FORM", "SELECT 2", "SELECT 3"])
    #expect(script.errors.count == 1)
    let broken = Parser.parseScript("SELECT (; SELECT 1; SELECT );")
    #expect(broken.statements.map(\.text) == ["SELECT 1"])
    #expect(broken.errors.count == 2)
}

@Test("one statement, expression or type is parsed on its own and nothing may follow it")
func entryPoints() throws {
    #expect(try SQLPrinter.text(Parser.parseExpression("a+1")) == "a + 1")
    #expect(try SQLPrinter.text(Parser.parseType("int array not null")) == "ARRAY<INT> NOT NULL")
    #expect(try SQLPrinter.text(Parser.parseQuery("values 1")) == "VALUES (1)")
    #expect(throws: SQLError.self) { try Parser.parseExpression("a b") }
    #expect(throws: SQLError.self) { try Parser.parseExpression("") }
    #expect(throws: SQLError.self) { try Parser.parseType("INT,") }
    #expect(throws: SQLError.self) { try Parser.parseStatement("SELECT 1; SELECT 2") }
    #expect(throws: SQLError.self) { try Parser.parseStatement("") }
}

@Test("views keep the text of their query")
func viewText() throws {
    let source = "CREATE VIEW v AS SELECT  a -- note\n FROM t ;"
    guard case .createView(let view) = try Parser.parseStatement(source) else {
        Issue.record("no view")
        return
    }
    #expect(view.queryText == "SELECT  a -- note\n FROM t")
}

@Test("names print in backticks only where they must")
func printedNames() {
    #expect(SQLPrinter.identifier("a_1") == "a_1")
    #expect(SQLPrinter.identifier("1a") == "`1a`")
    #expect(SQLPrinter.identifier("a b") == "`a b`")
    #expect(SQLPrinter.identifier("select") == "`select`")
    #expect(SQLPrinter.identifier("a`b") == "`a``b`")
    #expect(SQLPrinter.identifier("") == "``")
    #expect(SQLPrinter.string("it's") == "'it''s'")
}
