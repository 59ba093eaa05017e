import SluiceBase
import SluiceColumns
import Testing

@testable import SluiceShell

/// The formats that people read, byte by byte.
@Suite struct RenderTests {
    let schema: Schema = [Field("name", .string), Field("n", .bigint)]
    let rows: [[Datum]] = [[.string("Ann"), .int64(7)], [.null, .int64(1200)]]

    private func lines(_ format: OutputFormat, _ change: (inout RenderOptions) -> Void = { _ in }) -> String {
        var options = RenderOptions(format: format)
        change(&options)
        return rendered(schema, rows, options)
    }

    @Test("a box is as wide as its values, with numbers at the right")
    func box() {
        #expect(
            lines(.box) == """
                ┌──────┬──────┐
                │ name │    n │
                ├──────┼──────┤
                │ Ann  │    7 │
                │ NULL │ 1200 │
                └──────┴──────┘

                """)
    }

    @Test("a box can have a line of types, and plain characters where there is no UTF-8")
    func plainBox() {
        let text = lines(.box) {
            $0.isUnicode = false
            $0.showsTypes = true
        }
        #expect(
            text == """
                +--------+--------+
                | name   |      n |
                | string | bigint |
                +--------+--------+
                | Ann    |      7 |
                | NULL   |   1200 |
                +--------+--------+

                """)
    }

    @Test("table looks like Flink's tableau")
    func tableau() {
        #expect(
            lines(.table) == """
                +--------+------+
                |   name |    n |
                +--------+------+
                |    Ann |    7 |
                | <NULL> | 1200 |
                +--------+------+

                """)
    }

    @Test("a changelog has a first column op")
    func changelog() {
        let text = rendered(schema, rows, kinds: [.insert, .delete], RenderOptions(format: .table))
        #expect(
            text == """
                +----+--------+------+
                | op |   name |    n |
                +----+--------+------+
                | +I |    Ann |    7 |
                | -D | <NULL> | 1200 |
                +----+--------+------+

                """)
    }

    @Test("markdown escapes bars and line ends")
    func markdown() {
        let text = rendered([Field("a|b", .string)], [[.string("x|y\nz")]], RenderOptions(format: .markdown))
        #expect(text == "| a\\|b      |\n| --------- |\n| x\\|y<br>z |\n")
        #expect(lines(.markdown).hasPrefix("| name |    n |\n| ---- | ---: |\n"))
    }

    @Test("vertical has a line a column")
    func vertical() {
        #expect(
            lines(.vertical) == "-[ row 1 ]-\nname | Ann\nn    | 7\n-[ row 2 ]-\nname | NULL\nn    | 1200\n")
    }

    @Test("html escapes what is special to it")
    func html() {
        let text = rendered(
            [Field("<a>", .string)], [[.string("1 < 2 & \"3\"\u{1b}")]], RenderOptions(format: .html))
        #expect(
            text == """
                <table>
                <thead>
                <tr><th>&lt;a&gt;</th></tr>
                </thead>
                <tbody>
                <tr><td>1 &lt; 2 &amp; &quot;3&quot;\\x1b</td></tr>
                </tbody>
                </table>

                """)
    }

    @Test("control characters never reach the terminal, wide characters count two columns")
    func safety() {
        let text = rendered(
            [Field("t", .string)], [[.string("\u{1b}[2J")], [.string("日本")], [.string("a\nb\u{202e}")]],
            RenderOptions(format: .box))
        #expect(
            text == """
                ┌────────────┐
                │ t          │
                ├────────────┤
                │ \\x1b[2J    │
                │ 日本       │
                │ a\\nb\\u202e │
                └────────────┘

                """)
    }

    @Test("a box fits the terminal by cutting its widest column")
    func narrow() {
        let wide = rendered(
            [Field("a", .string), Field("b", .string)],
            [[.string(String(repeating: "x", count: 100)), .string("short")]],
            RenderOptions(format: .box, width: 40))
        for line in wide.split(separator: "\n") { #expect(DisplayWidth.of(String(line)) == 40) }
        #expect(wide.contains("xxx…"))
        #expect(wide.contains("│ short │"))
    }

    @Test("more rows than may be shown leave a gap in the middle")
    func elided() {
        var options = RenderOptions(format: .box)
        options.maxRows = 4
        let text = rendered([Field("n", .int)], (0..<100).map { [.int32(Int32($0))] }, options)
        #expect(
            text == """
                ┌────┐
                │  n │
                ├────┤
                │  0 │
                │  1 │
                │  · │
                │ 98 │
                │ 99 │
                └────┘

                """)
    }

    @Test("a live table shows the header with its first rows and keeps its widths")
    func live() {
        var options = RenderOptions(format: .box, width: 80)
        options.isLive = true
        let schema: Schema = [Field("s", .string)]
        let text = written { output in
            let writer = ResultWriters.make(output, options)
            writer.begin(schema, showsKind: false)
            writer.write(batch(schema, [[.string("one")]]))
            writer.flush()
            writer.write(batch(schema, [[.string("a value that is wider than the column")]]))
            writer.flush()
        }
        #expect(
            text == """
                ┌──────────────┐
                │ s            │
                ├──────────────┤
                │ one          │
                │ a value tha… │

                """)
    }

    @Test("no header leaves the names out")
    func noHeader() {
        #expect(
            lines(.table) { $0.header = false } == """
                +--------+------+
                |    Ann |    7 |
                | <NULL> | 1200 |
                +--------+------+

                """)
    }

    @Test("an empty result is an empty table")
    func empty() {
        #expect(rendered(schema, [], RenderOptions(format: .csv)) == "name,n\n")
        #expect(rendered(schema, [], RenderOptions(format: .jsonl)) == "")
        #expect(rendered(schema, [], RenderOptions(format: .json)) == "[]\n")
    }
}
