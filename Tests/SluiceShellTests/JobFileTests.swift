import Glibc
import SluiceBase
import SluiceSyntax
import Testing

@testable import SluiceShell

/// Parameters, includes and the way back from the text to the file.
@Suite struct JobFileTests {
    private func read(
        _ text: String, _ values: [(key: String, value: String)] = [], folder: String = "/tmp",
        on disk: any Disk = SystemDisk()
    ) throws(ScriptError) -> ScriptText {
        try ScriptReader.read(
            name: "job.sql", text: text, folder: folder, on: disk,
            values: ParameterValues(commandLine: values), isStrict: true
        ).script
    }

    private func failure(_ text: String, _ values: [(key: String, value: String)] = []) -> String {
        do throws(ScriptError) {
            _ = try read(text, values)
            return "no error"
        } catch {
            return error.error.message + (error.error.label.map { " (\($0))" } ?? "")
        }
    }

    @Test(
        "a value becomes a literal of its type",
        arguments: [
            ("STRING", "it's", "'it''s'"), ("INT", "5", "5"), ("INT", "-5", "(-5)"), ("BIGINT", "+7", "7"),
            ("DECIMAL(10,2)", "12.50", "12.50"), ("DOUBLE", "1.5", "1.5E0"), ("BOOLEAN", "true", "TRUE"),
            ("DATE", "2013-01-31", "DATE '2013-01-31'"), ("TIME", "10:00:00", "TIME '10:00:00'"),
            ("TIMESTAMP(3)", "2013-01-31T10:00:00.5", "TIMESTAMP '2013-01-31 10:00:00.5'"),
            ("IDENTIFIER", "a`b", "`a``b`"), ("TEXT", "a\nb", "'a\nb'"),
        ])
    func literals(type: String, value: String, literal: String) throws {
        let script = try read("--@ param p \(type)\nSELECT ${p}", [("p", value)])
        #expect(script.text.hasSuffix("SELECT  \(literal) "))
    }

    @Test(
        "a value that its type refuses is an error",
        arguments: [
            ("INT", "1; DROP TABLE t"), ("INT", "2147483648"), ("TINYINT", "128"), ("DECIMAL(4,2)", "123.4"),
            ("DECIMAL(4,2)", "1.234"), ("DOUBLE", "nan"), ("DOUBLE", "1e999"), ("BOOLEAN", "yes"),
            ("DATE", "2013-02-30"),
            ("TIME", "25:00:00"), ("TIMESTAMP", "2013-01-01"), ("STRING", "a\nb"), ("VARCHAR(2)", "abc"),
            ("IDENTIFIER", ""),
        ])
    func refused(type: String, value: String) {
        #expect(failure("--@ param p \(type)\nSELECT ${p}", [("p", value)]).contains("parameter \"p\""))
    }

    @Test("no value changes how many statements there are, or what they are")
    func shape() throws {
        let text =
            "--@ param s STRING\n--@ param i IDENTIFIER\nSELECT '<${s}>' AS a, ${s} AS b, 1 AS `x${i}`, 2 AS ${i};"
        let usual = Parser.parseScript(try read(text, [("s", "x"), ("i", "y")]).text)
        #expect(usual.errors.isEmpty)
        for value in [
            "'; DROP TABLE t; --", "' || '", "`; SELECT 1; `", "/* ", "-- ", "\\'", "${s}", "x' OR 'a'='a",
        ] {
            let hostile = Parser.parseScript(try read(text, [("s", value), ("i", value)]).text)
            #expect(hostile.errors.isEmpty)
            #expect(hostile.statements.count == usual.statements.count)
            guard case .query = hostile.statements.first?.statement else {
                Issue.record("\(value) made another statement")
                continue
            }
        }
    }

    @Test("a negative number cannot turn the word before it into a function")
    func negative() throws {
        let text = "--@ param n INT\nSELECT a ${n} FROM t"
        #expect(failure(text, [("n", "-1")]).contains("cannot stand here"))
        #expect(try read("--@ param n INT\nSELECT a -${n}", [("n", "-1")]).text.contains("a - (-1) "))
    }

    @Test("the default is used where no value is given, and later sources win")
    func precedence() throws {
        let text = "--@ param a STRING DEFAULT 'd'\nSELECT ${a}"
        func value(_ values: ParameterValues) throws -> String {
            let read = try ScriptReader.read(
                name: "j", text: text, folder: "/tmp", on: SystemDisk(), values: values, isStrict: true)
            return String(
                read.script.text.split(separator: "'", omittingEmptySubsequences: false).dropLast().last ?? ""
            )
        }
        let file = ["a": "file"]
        let environment = ["SLUICE_PARAM_a": "env"]
        #expect(try value(ParameterValues(commandLine: [])) == "d")
        #expect(try value(ParameterValues(file: file, commandLine: [])) == "file")
        #expect(try value(ParameterValues(file: file, environment: environment, commandLine: [])) == "env")
        #expect(
            try value(ParameterValues(file: file, environment: environment, commandLine: [("a", "v")])) == "v"
        )
    }

    @Test("an undeclared parameter is an error with the name that was meant")
    func undeclared() {
        #expect(
            failure("--@ param amount INT DEFAULT 1\nSELECT ${amout}")
                == "parameter \"amout\" is not declared (did you mean \"amount\"?)")
        #expect(failure("--@ param a INT\nSELECT ${a}") == "parameter \"a\" has no value")
        let values = ParameterValues(commandLine: [("dya", "1")])
        #expect(values.undeclared(among: ["day"])?.label == "did you mean \"day\"?")
        #expect(values.undeclared(among: ["dya"]) == nil)
    }

    @Test("parameters in comments are left alone, those in hints are not")
    func comments() throws {
        let text =
            "--@ param p STRING DEFAULT 'x'\n-- ${q}\n/* ${q} */ SELECT 1 /*+ OPTIONS('k'='${p}') */ // ${q}\n"
        let read = try read(text).text
        #expect(read.contains("-- ${q}\n/* ${q} */"))
        #expect(read.contains("OPTIONS('k'='x')"))
    }

    @Test(
        "a malformed declaration is an error",
        arguments: [
            ("--@ param", "needs a name and a type"), ("--@ param p", "needs a name and a type"),
            ("--@ param p STRNG", "did you mean \"STRING\"?"),
            ("--@ param p INT DEFAULT 'x'", "is not an INT"),
            ("--@ param p STRING DEFAULT a b", "is no literal"),
            ("--@ parm p INT", "did you mean \"param\"?"),
            ("--@ param p INT\n--@ param p STRING", "declared twice"),
        ])
    func malformed(text: String, message: String) {
        #expect(failure(text + "\n").contains(message))
    }

    @Test("descriptions of a job are not mistaken for directives")
    func descriptions() throws {
        _ = try read(
            "--@ owner: data-team\n--@ expect orders: amount >= 0 else dead_letter\n--@ test a.test.sql\n")
    }

    @Test("places behind a parameter point into the file")
    func places() throws {
        let text = "--@ param p STRING DEFAULT 'a long value'\nSELECT ${p}, nope"
        let script = try read(text)
        let utf8 = Array(script.text.utf8)
        let lower = utf8.count - 4
        let place = try #require(script.place(of: SourceSpan(lower, utf8.count)))
        #expect(place.span == SourceSpan(text.utf8.count - 4, text.utf8.count))
        let value = try #require(script.place(of: SourceSpan(text.utf8.count - 10, text.utf8.count - 9)))
        #expect(value.span.count == 4)
    }

    @Test("an include stands in place, must lie in the folder, and cannot include itself")
    func includes() throws {
        let disk = MemoryDisk()
        let folder = "/home"
        func write(_ name: String, _ text: String) { disk.store(folder + "/" + name, text) }
        write("job/a.sql", "\u{feff}#!/usr/bin/sluice\n--@ param x INT DEFAULT 4\nSELECT ${x}, bad")
        write("job/self.sql", "--@ include self.sql\n")
        write("outside.sql", "SELECT 2;")
        let script = try read("SELECT 1;\n--@ include a.sql\nSELECT 3;", folder: folder + "/job", on: disk)
        let parsed = Parser.parseScript(script.text)
        #expect(parsed.errors.isEmpty)
        #expect(parsed.statements.count == 3)
        let span = parsed.statements[1].span
        let place = try #require(script.place(of: SourceSpan(span.upper - 3, span.upper)))
        #expect(place.source.name.hasSuffix("/a.sql"))
        #expect(place.source.position(of: place.span.lower).line == 3)
        #expect(throws: ScriptError.self) {
            try self.read("--@ include ../outside.sql", folder: folder + "/job", on: disk)
        }
        #expect(throws: ScriptError.self) {
            try self.read("--@ include self.sql", folder: folder + "/job", on: disk)
        }
        #expect(throws: ScriptError.self) {
            try self.read("--@ include missing.sql", folder: folder + "/job", on: disk)
        }
        disk.fail("read", code: EIO)
        #expect(throws: ScriptError.self) {
            try self.read("--@ include a.sql", folder: folder + "/job", on: disk)
        }
    }

    @Test("a file of parameters is one flat JSON object")
    func parameterFile() throws {
        let values = try ParameterFile.values(
            "{\"a\": \"x\\n\\u00e9\\ud83d\\ude00\", \"b\": 1.50, \"c\": true}", name: "p.json")
        #expect(values == ["a": "x\né😀", "b": "1.50", "c": "true"])
        #expect(try ParameterFile.values(" {} ", name: "p").isEmpty)
        for wrong in [
            "", "[]", "{", "{\"a\"}", "{\"a\":null}", "{\"a\":[1]}", "{\"a\":1,}", "{\"a\":1} x",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\\q\"}", "{\"a\":\"", "{\"a\":1,\"a\":2}", "{\"a\":nan}",
        ] {
            #expect(throws: SQLError.self, "\(wrong)") { try ParameterFile.values(wrong, name: "p.json") }
        }
    }
}
