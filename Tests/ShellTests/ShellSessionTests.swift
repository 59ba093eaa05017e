import Glibc
import SluiceTestSupport
import Testing

/// The program on a terminal: what users type, and what they see.
@Suite struct ShellSessionTests {
    let folder = TemporaryFolder()

    private func shell(_ environment: [String: String] = [:]) throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(in: folder, environment: environment)
        try #require(terminal.expect("sluice> ") != nil, "\(terminal.screen)")
        return terminal
    }

    @Test("a statement may have several lines, and the prompt says what is open")
    func severalLines() throws {
        let terminal = try shell()
        terminal.type("SELECT 'one\r")
        #expect(terminal.expect("'..> ") != nil)
        terminal.type("two' AS t, (\r")
        #expect(terminal.expect("(.> ") != nil)
        terminal.type("40 + 2) AS n\r")
        #expect(terminal.expect("...> ") != nil)
        terminal.type(";\r")
        #expect(terminal.expect("one\\ntwo") != nil)
        #expect(terminal.expect("42") != nil)
        #expect(terminal.expect("1 row") != nil)
        #expect(terminal.expect("sluice> ") != nil)
    }

    @Test("a statement is recalled whole, also in the next session")
    func history() throws {
        let terminal = try shell()
        terminal.type("SELECT 6 *\r")
        terminal.expect("...> ")
        terminal.type("7 AS answer;\r")
        #expect(terminal.expect("42") != nil)
        terminal.expect("sluice> ")
        terminal.type("\u{1b}[A")
        #expect(terminal.expect("7 AS answer;") != nil)
        terminal.type("\r")
        #expect(terminal.expect("42") != nil)
        terminal.expect("sluice> ")
        terminal.type("\u{04}")
        #expect(terminal.wait() == 0)

        let second = try shell()
        second.type("\u{10}\r")
        #expect(second.expect("42") != nil)
    }

    @Test("Ctrl-C at the prompt drops what was typed")
    func interruptLine() throws {
        let terminal = try shell()
        terminal.type("SELECT 'never")
        terminal.expect("never")
        terminal.type("\u{03}")
        #expect(terminal.expect("^C") != nil)
        #expect(terminal.expect("sluice> ") != nil)
        terminal.type("SELECT (\r")
        #expect(terminal.expect("(.> ") != nil)
        terminal.type("\u{03}")
        #expect(terminal.expect("sluice> ") != nil)
        terminal.type("SELECT 'after' AS a;\r")
        #expect(terminal.expect("│ after") != nil)
    }

    @Test("Ctrl-C in a running query ends the query and keeps the shell")
    func interruptQuery() throws {
        let terminal = try shell()
        terminal.type("CREATE TABLE s (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');\r")
        terminal.expect("sluice> ")
        for _ in 0..<3 {
            terminal.type("SELECT 'row', n FROM s;\r")
            #expect(terminal.expect("│ row") != nil, "\(terminal.screen)")
            terminal.type("\u{03}")
            #expect(terminal.expect("cancelled after") != nil, "\(terminal.screen)")
            #expect(terminal.expect("sluice> ") != nil)
        }
        terminal.type("SELECT 'alive' AS a;\r")
        #expect(terminal.expect("│ alive") != nil)
    }

    @Test("end of input leaves with status 0, and so does \\q")
    func leave() throws {
        let terminal = try shell()
        terminal.type("\u{04}")
        #expect(terminal.wait() == 0)
        let second = try shell()
        second.type("\\q\r")
        #expect(second.wait() == 0)
        let third = try shell()
        third.type("quit;\r")
        #expect(third.wait() == 0)
    }

    @Test("\\d lists and describes, \\timing times")
    func metaCommands() throws {
        let terminal = try shell()
        terminal.type("CREATE VIEW v AS SELECT 1 AS first_column;\r")
        terminal.expect("sluice> ")
        terminal.type("\\d\r")
        #expect(terminal.expect("│ v ") != nil)
        terminal.expect("sluice> ")
        terminal.type("\\d v\r")
        #expect(terminal.expect("first_column") != nil)
        terminal.expect("sluice> ")
        terminal.type("\\timing\r")
        #expect(terminal.expect("timing is on") != nil)
        terminal.type("SELECT 1;\r")
        #expect(terminal.expect("time: ") != nil)
        terminal.type("\\x\r")
        #expect(terminal.expect("expanded display is on") != nil)
        terminal.type("SELECT 5 AS n;\r")
        #expect(terminal.expect("n | 5") != nil)
        terminal.type("\\mode csv\r\\null nothing\rSELECT CAST(NULL AS INT) AS z;\r")
        #expect(terminal.expect("z\r\nnothing") != nil)
        terminal.type("\\frobnicate\r")
        #expect(terminal.expect("is no command") != nil)
    }

    @Test("an error points into the line, and the statements behind it are counted")
    func errors() throws {
        let terminal = try shell(["NO_COLOR": "1"])
        terminal.type("SELECT 1 AS a; SELECT nope; SELECT 2;\r")
        #expect(terminal.expect("1 row") != nil)
        #expect(terminal.expect("column \"nope\" does not exist") != nil)
        #expect(terminal.expect("--> <shell>:1:23") != nil)
        #expect(terminal.expect("1 more statement was not run") != nil)
        #expect(terminal.expect("sluice> ") != nil)
    }

    @Test("an INSERT from an unbounded table runs beside the shell, and its end is told")
    func background() throws {
        let terminal = try shell()
        terminal.type("CREATE TABLE s (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');\r")
        terminal.expect("sluice> ")
        terminal.type("CREATE TABLE hole (n INT) WITH ('connector' = 'blackhole');\r")
        terminal.expect("sluice> ")
        terminal.type("INSERT INTO hole SELECT n FROM s;\r")
        #expect(terminal.expect("job 1 (") != nil, "\(terminal.screen)")
        #expect(terminal.expect("1▶> ") != nil)
        terminal.type("\\stop 1\r")
        #expect(terminal.expect("has finished") != nil, "\(terminal.screen)")
        #expect(terminal.expect("sluice> ") != nil)
        terminal.type("INSERT INTO hole SELECT n FROM s;\r")
        terminal.expect("1▶> ")
        terminal.type("\\q\r")
        #expect(terminal.expect("leave again") != nil)
        terminal.type("\\q\r")
        #expect(terminal.wait() == 0)
    }

    @Test("Tab completes meta commands, tables and keywords")
    func completion() throws {
        let terminal = try shell()
        terminal.type("CREATE VIEW quite_a_long_name AS SELECT 11 AS n;\r")
        terminal.expect("sluice> ")
        terminal.type("SELECT n FROM quite\t")
        #expect(terminal.expect("quite_a_long_name") != nil)
        terminal.type(";\r")
        #expect(terminal.expect("11") != nil)
        terminal.expect("sluice> ")
        terminal.type("\\conn\t\r")
        #expect(terminal.expect("catalog file") != nil)
    }

    @Test("SIGTERM ends the shell with status 143 and leaves the terminal as it was")
    func terminate() throws {
        let terminal = try shell()
        terminal.type("SELECT 1")
        terminal.expect("SELECT 1")
        terminal.signal(SIGTERM)
        #expect(terminal.wait() == 143)
        #expect(terminal.isCanonical)
    }
}
