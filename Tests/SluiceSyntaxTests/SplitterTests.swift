import SluiceSyntax
import Testing

@Test("a text is cut at its semicolons, but not inside strings, comments and statement sets")
func pieces() {
    let splitter = StatementSplitter("SELECT ';'; -- ;\n/* ; */ SELECT `;`;; SELECT 1")
    #expect(splitter.pieces.map(\.text) == ["SELECT ';'", "SELECT `;`", "SELECT 1"])
    #expect(splitter.pieces.map(\.isTerminated) == [true, true, false])
    let set = StatementSplitter(
        "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN x THEN 1 END; END; SELECT 2;")
    #expect(set.pieces.count == 2)
    #expect(set.isComplete)
    #expect(StatementSplitter("BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;").pieces.count == 3)
}

@Test("the end of a text says what is open")
func openings() {
    #expect(StatementSplitter("").opening == nil)
    #expect(StatementSplitter("-- note\n").opening == nil)
    #expect(StatementSplitter("SELECT 1;").opening == nil)
    #expect(StatementSplitter("SELECT 1").opening == .statement)
    #expect(StatementSplitter("SELECT 1; SELECT 'a").opening == .string)
    #expect(StatementSplitter("SELECT `a").opening == .identifier)
    #expect(StatementSplitter("SELECT 1; /* a").opening == .comment)
    #expect(StatementSplitter("SELECT (1, [2]").opening == .brackets)
    #expect(StatementSplitter("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;").opening == .statementSet)
    #expect(
        StatementSplitter("EXPLAIN STATEMENT SET\nBEGIN INSERT INTO a SELECT (1); END").opening == .statement)
}
