import SluiceBase
import Testing

private let orders = SourceText(
    name: "orders.sql",
    text: String(repeating: "--\n", count: 13) + "  SELECT SUM(amout) AS revenue FROM orders\n")

private func span(of part: String, in text: String) -> SourceSpan {
    let whole = Array(text.utf8)
    let wanted = Array(part.utf8)
    for start in 0...(whole.count - wanted.count) where Array(whole[start..<(start + wanted.count)]) == wanted
    {
        return SourceSpan(start, start + wanted.count)
    }
    return SourceSpan(0, 0)
}

@Test("an error shows its place, the source line, carets, label, notes and help")
func humanError() {
    var error = SQLError(.unknownColumn, "column \"amout\" does not exist", span: SourceSpan(52, 57))
    error.label = "did you mean \"amount\"?"
    error.notes = [SQLError.Note("orders has: order_id, user_id, region, amount, ts")]
    error.hint = "look at DESCRIBE orders\nfor the columns"
    let expected = """
        error[SLC-2004]: column "amout" does not exist
          --> orders.sql:14:14
           |
        14 |   SELECT SUM(amout) AS revenue FROM orders
           |              ^^^^^ did you mean "amount"?
           = orders has: order_id, user_id, region, amount, ts
        help: look at DESCRIBE orders
              for the columns

        """
    #expect(DiagnosticRenderer().render(error, source: orders) == expected)
}

@Test("several places are shown in order, one row of carets for each label")
func severalPlaces() {
    let text = "INSERT INTO totals\nSELECT region, COUNT(*) FROM orders GROUP BY region\n"
    var error = SQLError(
        .changelogMismatch, "table \"totals\" accepts only inserted rows", span: SourceSpan(0, 18))
    error.label = "sink: append-only"
    error.notes = [
        SQLError.Note("updates start here", span: span(of: "GROUP BY region", in: text)),
        SQLError.Note("", span: span(of: "COUNT(*)", in: text)),
    ]
    let expected = """
        error[SLC-3010]: table "totals" accepts only inserted rows
          --> job.sql:1:1
           |
         1 | INSERT INTO totals
           | ^^^^^^^^^^^^^^^^^^ sink: append-only
         2 | SELECT region, COUNT(*) FROM orders GROUP BY region
           |                ^^^^^^^^             ^^^^^^^^^^^^^^^ updates start here

        """
    #expect(DiagnosticRenderer().render(error, source: SourceText(name: "job.sql", text: text)) == expected)
}

@Test("carets are as wide as the characters look: tabs, wide and combining ones")
func displayWidth() {
    let text = "\tSELECT '東京', e\u{301}x FORM t"
    let error = SQLError(.syntax, "unexpected \"FORM\", expected FROM", span: span(of: "FORM", in: text))
    let expected = """
        warning[SLC-1001]: unexpected "FORM", expected FROM
          --> <stdin>:1:19
           |
         1 |     SELECT '東京', e\u{301}x FORM t
           |                       ^^^^

        """
    let source = SourceText(name: "<stdin>", text: text)
    #expect(DiagnosticRenderer().render(error, severity: .warning, source: source) == expected)
}

@Test("a span of several lines marks its first and last line")
func multiLineSpan() {
    let text = "SELECT (1 +\n  2\n  + 'x' ) FROM t"
    let error = SQLError(
        .typeMismatch, "wrong types", span: span(of: "(1 +\n  2\n  + 'x' )", in: text), label: "here")
    let expected = """
        error[SLC-2005]: wrong types
          --> a:1:8
           |
         1 | SELECT (1 +
           |        ^^^^
           | ...
         3 |   + 'x' ) FROM t
           |   ^^^^^^^ here

        """
    #expect(DiagnosticRenderer().render(error, source: SourceText(name: "a", text: text)) == expected)
}

@Test("a long line is cut around the carets")
func longLine() {
    let text =
        "SELECT " + String(repeating: "x, ", count: 100) + "bad, " + String(repeating: "y, ", count: 100)
    let error = SQLError(.syntax, "no", span: span(of: "bad", in: text))
    let output = DiagnosticRenderer(maximumWidth: 60).render(error, source: SourceText(name: "a", text: text))
    let lines = output.split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    #expect(lines.allSatisfy { $0.count <= 60 })
    let column = lines[3].firstIndex(of: "b").map { lines[3].distance(from: lines[3].startIndex, to: $0) }
    let caret = lines[4].firstIndex(of: "^").map { lines[4].distance(from: lines[4].startIndex, to: $0) }
    #expect(column == caret)
    #expect(lines[3].hasSuffix("…"))
}

@Test("short and JSON forms take one line")
func machineForms() {
    let error = SQLError(
        .unknownColumn, "column \"amout\" does not exist", span: SourceSpan(52, 57), hint: "look")
    #expect(
        DiagnosticRenderer(format: .short).render(error, source: orders)
            == "orders.sql:14:14: error: column \"amout\" does not exist [SLC-2004]\n")
    let json =
        #"{"severity":"error","code":"SLC-2004","message":"column \"amout\" does not exist","#
        + #""file":"orders.sql","line":14,"column":14,"end_line":14,"end_column":19,"hints":["look"]}"# + "\n"
    #expect(DiagnosticRenderer(format: .json).render(error, source: orders) == json)
}

@Test("errors are sorted by position and counted after the twentieth")
func manyErrors() {
    let errors = (0..<23).reversed().map { SQLError(.syntax, "error \($0)", span: SourceSpan($0, $0 + 1)) }
    let output = DiagnosticRenderer().render(errors, source: orders)
    #expect(output.hasPrefix("error[SLC-1001]: error 0\n"))
    #expect(output.hasSuffix("3 more errors\n"))
    #expect(!output.contains("error 20"))
}
