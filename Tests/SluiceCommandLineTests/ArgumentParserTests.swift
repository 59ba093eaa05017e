import SluiceCommandLine
import Testing

@Suite struct ArgumentParserTests {
    @Test("options may follow operands, with the value attached or as the next word")
    func optionsAnywhere() throws {
        let run = try parse("run", "a.sql", "--format=csv", "b.sql", "--limit", "7", "-Dk=v", "-D", "x=y=z")
        #expect(run.path == ["run"])
        #expect(run.operands == ["a.sql", "b.sql"])
        #expect(run.value("format") == "csv")
        #expect(run.integer("limit") == 7)
        #expect(run.pairs("define").map(\.key) == ["k", "x"])
        #expect(run.pairs("define").map(\.value) == ["v", "y=z"])
    }

    @Test("two dashes end the options")
    func endOfOptions() throws {
        let run = try parse("run", "-q", "--", "--format", "-v")
        #expect(run.operands == ["--format", "-v"])
        #expect(run.flag("quiet"))
        #expect(!run.flag("verbose"))
    }

    @Test("a single dash is an operand")
    func dash() throws {
        #expect(try parse("run", "-").operands == ["-"])
        #expect(try parse("-").operands == ["-"])
    }

    @Test("short flags may be joined")
    func cluster() throws {
        let run = try parse("run", "-qvDa=b", "x.sql")
        #expect(run.flag("quiet") && run.flag("verbose"))
        #expect(run.values("define") == ["a=b"])
    }

    @Test("defaults hold where nothing is given, and the last value wins")
    func defaults() throws {
        #expect(try parse("run", "x.sql").value("format") == "box")
        #expect(try parse("run", "x.sql").bytes("memory") == 1 << 30)
        #expect(try parse("run", "x.sql", "--format", "csv", "--format", "jsonl").value("format") == "jsonl")
        #expect(try parse("run", "x.sql").value("limit") == nil)
    }

    @Test("an optional value needs the equals sign")
    func optionalValue() throws {
        #expect(try parse("run", "--dashboard", "x.sql").value("dashboard") == ":8088")
        #expect(try parse("run", "--dashboard=:1", "x.sql").value("dashboard") == ":1")
    }

    @Test("options of the program are accepted in front of and after a subcommand")
    func inherited() throws {
        #expect(try parse("--catalog", "c.db", "catalog", "ls").value("catalog") == "c.db")
        #expect(try parse("catalog", "ls", "--catalog", "c.db").value("catalog") == "c.db")
        #expect(complaint("catalog", "ls", "-c", "x")?.message.contains("unknown option") == true)
    }

    @Test("aliases name the same command")
    func aliases() throws {
        #expect(try parse("catalog", "list").path == ["catalog", "ls"])
    }

    @Test("a file name beside subcommands is an operand")
    func fileBesideCommands() throws {
        #expect(try parse("job.sql").operands == ["job.sql"])
        #expect(try parse().path == [])
    }

    @Test("the order of repeated options is kept")
    func order() throws {
        let program = try parse("-c", "one", "-q", "--command=two")
        #expect(program.occurrences.map(\.option) == ["command", "quiet", "command"])
        #expect(program.values("command") == ["one", "two"])
    }

    @Test("help wins over what is missing")
    func help() throws {
        #expect(try parse("run", "-h").help == .short)
        #expect(try parse("run", "--help").help == .full)
        #expect(try parse("catalog", "show", "--help", "--nonsense").path == ["catalog", "show"])
    }

    @Test("a mistyped command or option is answered with the nearest name")
    func suggestions() {
        #expect(complaint("rum")?.hints.first == "did you mean \"run\"?")
        #expect(complaint("catalog", "shw")?.hints.first == "did you mean \"show\"?")
        #expect(complaint("run", "--formt", "csv", "a")?.hints.first == "did you mean \"--format\"?")
        #expect(complaint("run", "a", "--format", "cvs")?.hints.first == "did you mean \"csv\"?")
        #expect(complaint("catalog", "ls", "--limit", "3")?.hints.first == "--limit is an option of flow run")
    }

    @Test(
        "a value is checked by its kind",
        arguments: [
            (
                ["run", "a", "--limit", "-1"],
                "value \"-1\" of option \"--limit\" is not a whole number of at least 0"
            ),
            (
                ["run", "a", "--timeout=soon"],
                "value \"soon\" of option \"--timeout\" is not a duration such as 10s, 5min or 2h"
            ),
            (
                ["run", "a", "--memory", "1x"],
                "value \"1x\" of option \"--memory\" is not a size such as 64kb, 256mb or 1g"
            ),
            (
                ["run", "a", "-D", "novalue"],
                "value \"novalue\" of option \"-D\" is not of the form key=value"
            ),
            (
                ["run", "a", "--format", "x\u{1b}y"],
                "value \"x\\u{1b}y\" of option \"--format\" is not one of box, csv, jsonl"
            ),
            (["run", "a", "--verbose=1"], "option \"--verbose\" takes no value"),
            (["run", "a", "--limit"], "option \"--limit\" needs a value: --limit N"),
            (["run"], "flow run needs JOB.sql"),
            (["catalog"], "flow catalog needs one of: ls, show"),
            (["catalog", "ls", "x"], "unexpected argument \"x\": flow catalog ls takes no arguments"),
            (["catalog", "show", "x", "y"], "PART \"y\" is not one of text, log"),
        ])
    func complaints(words: [String], message: String) {
        do throws(UsageError) {
            _ = try ArgumentParser(sampleProgram).parse(words)
            Issue.record("accepted: \(words)")
        } catch {
            #expect(error.message == message)
            #expect(error.text.hasPrefix("error: \(message)\n"))
        }
    }

    @Test("durations and sizes are read as on the Flink side")
    func units() {
        #expect(DurationText.micros("10s") == 10_000_000)
        #expect(DurationText.micros("5 min") == 300_000_000)
        #expect(DurationText.micros("2 H") == 7_200_000_000)
        #expect(DurationText.micros("15") == 15_000)
        #expect(DurationText.micros("9223372036854775807 d") == nil)
        #expect(SizeText.bytes("256mb") == 256 << 20)
        #expect(SizeText.bytes("1 g") == 1 << 30)
        #expect(SizeText.bytes("mb") == nil)
    }
}
