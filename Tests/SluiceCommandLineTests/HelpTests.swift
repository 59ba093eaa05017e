import Glibc
import SluiceCommandLine
import Testing

@Suite struct HelpTests {
    @Test("short help opens with three examples and fits one screen")
    func short() {
        let text = HelpWriter(sampleProgram).short()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 24)
        #expect(text.hasPrefix("  flow\n      opens the shell\n  flow run a.sql\n"))
        #expect(!text.contains("a fourth example"))
        #expect(text.contains("usage: flow [options] [COMMAND] [FILE]"))
        #expect(text.contains("catalog"))
    }

    @Test("short help that does not fit says how much is left out")
    func cut() {
        let text = HelpWriter(sampleProgram, path: ["run"]).short(lines: 10)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 11)
        #expect(text.contains("more: flow run --help"))
    }

    @Test("complete help names every option with its default and its words")
    func full() {
        let text = HelpWriter(sampleProgram, path: ["run"], width: 80).full()
        #expect(text.hasPrefix("flow run: runs a job\n\nusage: flow run [options] JOB.sql…\n"))
        #expect(text.contains("-D, --define KEY=VALUE"))
        #expect(text.contains("how rows are written: box, csv, jsonl (default box)"))
        #expect(text.contains("--dashboard[=ADDRESS]"))
        #expect(text.contains("--catalog FILE"))
        for line in text.split(separator: "\n") { #expect(line.count <= 80) }
    }

    @Test("complete help of the program has its own sections")
    func sections() {
        let text = HelpWriter(sampleProgram).full()
        #expect(text.contains("Exit codes:\n  0"))
    }

    @Test("the manual page escapes what roff would take as a request")
    func manual() {
        let spec = CommandSpec(
            "flow", summary: "a \\ b", details: ".dot first\n'quote first", operands: [],
            options: [CommandOption("dry-run", "does nothing")])
        let text = ManPage(spec, version: "1.0", date: "2026-03-01").text()
        #expect(text.contains(".TH FLOW 1 \"2026\\-03\\-01\" \"flow 1.0\""))
        #expect(text.contains("\n\\&.dot first\n"))
        #expect(text.contains("\n\\&'quote first\n"))
        #expect(text.contains("a \\e b"))
        #expect(text.contains(".B \\-\\-dry\\-run"))
    }

    @Test("the manual page has every command")
    func manualCommands() {
        let text = ManPage(sampleProgram, version: "1.0", date: "2026-03-01").text()
        #expect(text.contains(".SS flow run [options] JOB.sql..."))
        #expect(text.contains(".SS flow catalog show [options] NAME [PART]"))
        #expect(text.contains(".SH EXIT CODES\n.TP\n.B 0\nsuccess"))
    }
}

@Suite struct CompletionTests {
    /// The replies of the script to a command line whose last word is being typed.
    private func bash(_ words: [String]) throws -> Set<String> {
        let script = BashCompletion(sampleProgram).script()
        let path = "/tmp/sluice-completion-\(getpid())-\(UInt32.random(in: 0 ... .max)).bash"
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let call =
            "COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); _flow; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
        let file = try #require(fopen(path, "w"))
        fputs(script + call, file)
        fclose(file)
        defer { unlink(path) }
        let pipe = try #require(popen("bash \(path)", "r"))
        var bytes: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        #expect(pclose(pipe) == 0)
        let text = String(decoding: bytes, as: UTF8.self)
        return Set(text.split(separator: "\n").map(String.init))
    }

    @Test("bash offers commands, options and values of the command at the cursor")
    func bashReplies() throws {
        #expect(try bash(["flow", "ca"]) == ["catalog"])
        #expect(try bash(["flow", "catalog", ""]) == ["ls", "show"])
        #expect(try bash(["flow", "run", "--format", ""]) == ["box", "csv", "jsonl"])
        #expect(try bash(["flow", "run", "--format", "=", "c"]) == ["csv"])
        #expect(try bash(["flow", "--catalog", "run", "catalog", "list", "--q"]) == ["--quiet"])
        #expect(try bash(["flow", "catalog", "show", "x", "l"]) == ["log"])
        #expect(try bash(["flow", "catalog", "ls", "--fo"]) == [])
    }

    @Test("zsh and fish scripts know every command and option")
    func otherShells() {
        let zsh = ZshCompletion(sampleProgram).script()
        let fish = FishCompletion(sampleProgram).script()
        #expect(zsh.hasPrefix("#compdef flow\n"))
        for word in ["--define", "--dashboard", "--quiet", "catalog/list"] { #expect(zsh.contains(word)) }
        #expect(fish.contains("case 'catalog/list'"))
        #expect(fish.contains("test (__flow_path) = \"/run\"' -l 'define' -s 'D' -x -d 'sets a key'"))
        #expect(fish.contains("-x -a 'box csv jsonl'"))
    }
}
