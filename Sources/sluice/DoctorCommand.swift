import SluiceBase
import SluiceCommandLine
import SluiceEngine
import SluiceHBase

/// `sluice doctor TABLE`: looks for what is wrong between here and a table, step by step.
enum DoctorCommand {
    static let spec = CommandSpec(
        "doctor", summary: "looks for what is wrong between here and a table",
        details: """
            TABLE is a table of the catalog with the connector hbase, else an HBase table of the cluster that the \
            options or HBASE_CONF_DIR name. Each step takes two seconds at most; the first that fails is the last.
            """,
        examples: [
            CommandExample("sluice doctor planes", "a table of the catalog"),
            CommandExample("sluice doctor ns:planes --quorum localhost:2181", "an HBase table"),
        ],
        operands: [CommandOperand("TABLE", "the table")],
        options: HBaseCommand.target + [CommandOption("json", "one JSON object a line")])

    static func run(_ parsed: ParsedCommand, home: HomeFolder) -> Int32 {
        do throws(SQLError) {
            return try examine(parsed, home)
        } catch {
            Output.errors.write(DiagnosticRenderer().render(error, source: nil))
            return error.code.exitCode
        }
    }

    /// 0: all is well; 5: something outside is not.
    static func examine(_ parsed: ParsedCommand, _ home: HomeFolder) throws(SQLError) -> Int32 {
        let isJSON = parsed.flag("json")
        let target = try HBaseCommand.readTarget(parsed)
        let isWell = try Engine(home: home).examine(parsed.operands.first ?? "", target) { finding in
            Output.standard.write(isJSON ? finding.json + "\n" : text(finding))
        }
        return isWell ? 0 : ErrorCode.connectorIO.exitCode
    }

    private static func text(_ finding: DoctorFinding) -> String {
        let mark = finding.isOK ? "ok  " : "FAIL"
        let step = finding.step + String(repeating: " ", count: max(1, 11 - finding.step.utf8.count))
        let hint = finding.hint.map { "\n     help: \($0)" } ?? ""
        return "\(mark) \(step)\(finding.text)\(hint)\n"
    }
}
