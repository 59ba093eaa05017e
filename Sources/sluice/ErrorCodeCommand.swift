import SluiceBase
import SluiceCommandLine

/// `sluice explain-error CODE`: what the codes of errors mean.
enum ErrorCodeCommand {
    static let spec = CommandSpec(
        "explain-error", summary: "says what an error code means",
        examples: [
            CommandExample("sluice explain-error SLC-2004", "about one code"),
            CommandExample("sluice explain-error", "lists all codes"),
        ],
        operands: [CommandOperand("CODE", "such as SLC-2004 or 2004", count: .optional)])

    private static let texts: [(code: ErrorCode, text: String)] = [
        (.internalError, "a fault of sluice itself; please report it with the statement"),
        (.syntax, "the text is no statement; the caret stands where reading failed"),
        (.unterminated, "a string, quoted name or comment has no end"),
        (.literal, "a literal is malformed, such as a date that does not exist"),
        (.nesting, "an expression or query is nested too deeply"),
        (.parameter, "a parameter of a job file is undeclared, has no value or one that its type refuses"),
        (.unknownTable, "no table or view of that name is in the catalog; SHOW TABLES lists them"),
        (.unknownFunction, "no function of that name; SHOW FUNCTIONS lists them"),
        (.ambiguousName, "a column name fits more than one table; write table.column"),
        (.unknownColumn, "no column of that name is there; names are case-sensitive"),
        (.typeMismatch, "an operator or function does not take values of these types; CAST helps"),
        (.argumentCount, "a function was called with too few or too many arguments"),
        (.invalidCast, "there is no conversion between the two types"),
        (.duplicateName, "the same name is given twice"),
        (.grouping, "a column stands neither in GROUP BY nor in an aggregate function"),
        (.objectExists, "an object of that name exists; IF NOT EXISTS keeps it"),
        (.invalidDefinition, "a CREATE or ALTER statement contradicts itself"),
        (.unknownCatalog, "no catalog of that name"), (.unknownDatabase, "no database of that name"),
        (.literalOutOfRange, "a number does not fit its type"),
        (.aggregateMisplaced, "an aggregate function stands where no rows are grouped, such as in WHERE"),
        (.invalidWindow, "a window needs a time column and constant sizes"),
        (.columnMismatch, "the columns of an INSERT do not fit the table"),
        (.unsupported, "the statement is valid but not supported"),
        (.changelogMismatch, "a table that takes inserted rows only cannot take the updates of this query"),
        (.streamingRefused, "the query would never end or keep unlimited state in streaming mode"),
        (.batchRefused, "the query makes sense in streaming mode only"),
        (
            .nonDeterministicKey,
            "a key is made of a random number or a clock: rows that are computed again get another key"
        ),
        (.feedbackLoop, "a job would read the changes that it writes itself, for ever"),
        (.connectorOption, "an option of a table is unknown, missing or has a value it cannot have"),
        (.connectorIO, "a file or an external system could not be read or written"),
        (.logStore, "a topic of the embedded log cannot be used as asked, or its files are damaged"),
        (.tableStore, "the embedded HBase store refused an operation"),
        (.evaluation, "an expression failed on a row, such as a division by zero"),
        (.castFailed, "a value could not be converted; TRY_CAST gives NULL instead"),
        (
            .malformedRow,
            "a row of the input could not be read; the format's ignore-parse-errors option skips such rows"
        ),
        (.notNull, "a NULL came to a NOT NULL column"), (.sinkFailed, "a table could not be written"),
        (.cancelled, "the job was cancelled"), (.outputClosed, "standard output was closed"),
        (.catalogFile, "the catalog file is damaged, locked or cannot be written"),
        (.memoryBudget, "state and buffers grew beyond --memory"),
        (.timeBudget, "the run took longer than --timeout"),
        (.refusedByPolicy, "sluice refuses this on purpose, to keep something safe"),
    ]

    static func run(_ parsed: ParsedCommand) -> Int32 {
        guard let word = parsed.operands.first else {
            for entry in texts { write(entry) }
            return 0
        }
        let digits = word.uppercased().hasPrefix("SLC-") ? String(word.dropFirst(4)) : word
        guard let number = Int(digits), let entry = texts.first(where: { $0.code.number == number }) else {
            Output.errors.write(
                UsageError("there is no error code \"\(word)\"", hints: ["sluice explain-error lists them"])
                    .text)
            return UsageError.exitCode
        }
        write(entry)
        return 0
    }

    private static func write(_ entry: (code: ErrorCode, text: String)) {
        Output.standard.write("\(entry.code)  \(entry.text) (exit status \(entry.code.exitCode))\n")
    }
}
