import Glibc
import SluiceCatalog
import SluiceSyntax
import Testing

@testable import SluiceShell

/// The parts of the shell that need no terminal.
@Suite struct ShellPartTests {
    @Test("prompts name the database and say what is open")
    func prompts() {
        #expect(ShellPrompt.first(.initial, jobs: 0, isUnicode: true) == "sluice> ")
        let shop = DatabaseName(DatabaseName.initial.catalog, "shop")
        #expect(ShellPrompt.first(shop, jobs: 2, isUnicode: true) == "sluice[shop] 2▶> ")
        #expect(ShellPrompt.next(.statement, width: 8) == "   ...> ")
        #expect(ShellPrompt.next(.string, width: 8) == "   '..> ")
        #expect(ShellPrompt.next(.comment, width: 8) == "   /*.> ")
        #expect(ShellPrompt.next(.brackets, width: 8) == "    (.> ")
        #expect(ShellPrompt.next(.statementSet, width: 8) == "  set.> ")
    }

    @Test("meta commands begin with a backslash, some with a dot")
    func metaCommands() {
        #expect(MetaCommand("\\d orders;")?.name == "d")
        #expect(MetaCommand("\\d orders;")?.argument == "orders")
        #expect(MetaCommand("\\! echo a; echo b;")?.argument == "echo a; echo b;")
        #expect(MetaCommand(".tables")?.name == "dt")
        #expect(MetaCommand("quit;")?.name == "q")
        #expect(MetaCommand("HELP")?.name == "?")
        #expect(MetaCommand("SELECT 1") == nil)
        #expect(MetaCommand(".5") == nil)
        #expect(MetaCommand("\\") == nil)
    }

    @Test("the history keeps whole statements, masks secrets, and is for its owner only")
    func history() throws {
        let path = "/tmp/sluice-history-\(getpid())-\(UInt32.random(in: 0 ... .max))/h"
        defer { system("rm -r \(path.dropLast(2))") }
        var history = ShellHistory(path: path)
        #expect(history.load().isEmpty)
        #expect(history.add("SELECT 1,\n'a\\n';") == "SELECT 1,\n'a\\n';")
        #expect(history.add("SELECT 1,\n'a\\n';") == nil)
        #expect(history.add(" SELECT 2;") == nil)
        _ = history.add("CREATE TABLE t (a INT) WITH ('password' = 'hunter2');")
        var again = ShellHistory(path: path)
        let entries = again.load()
        #expect(entries.count == 2)
        #expect(entries.first == "SELECT 1,\n'a\\n';")
        #expect(entries.last?.contains("hunter2") == false)
        #expect(entries.last?.contains("******") == true)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("statement help finds statements by their first words")
    func help() {
        #expect(StatementHelp.text("create t").contains("CREATE [TEMPORARY] TABLE"))
        #expect(StatementHelp.text("selct").contains("did you mean SELECT?"))
        #expect(StatementHelp.text("").contains("INSERT"))
    }

    @Test("progress tells the share, the rows, the rate and the time left")
    func progress() {
        let half = ProgressMeter.Snapshot(
            rows: 3_100_000, bytesDone: 48, bytesTotal: 100, state: 210 << 20, elapsedNanos: 8_000_000_000)
        #expect(
            half.text(isBar: true) == "[####------] 48 % · 3.1 M rows · 387 k/s · 8.6 s left · state 210 MB")
        let open = ProgressMeter.Snapshot(
            rows: 12, bytesDone: 0, bytesTotal: nil, state: 0, elapsedNanos: 2_000_000_000)
        #expect(open.text(isBar: true) == "12 rows · 6/s")
        #expect(
            open.json
                == "{\"rows\":12,\"rows_per_second\":6,\"bytes\":0,\"state_bytes\":0,\"elapsed_ms\":2000}")
    }

    @Test("amounts are grouped and shortened")
    func amounts() {
        #expect(Amounts.grouped(1_204_331) == "1,204,331")
        #expect(Amounts.grouped(Int64.min) == "-9,223,372,036,854,775,808")
        #expect(Amounts.short(410_000) == "410 k")
        #expect(Amounts.bytes(84 * 1024) == "84 KB")
        #expect(Amounts.time(nanos: 69_000_000_000) == "1 min 9 s")
        #expect(Amounts.rows(1) == "1 row")
    }
}
