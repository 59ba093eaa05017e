import SluiceBase
import SluiceCommandLine
import SluiceEngine

/// `sluice catalog …`: looks at and changes the stored catalog.
enum CatalogCommand {
    static let spec = CommandSpec(
        "catalog", summary: "looks at and changes the stored catalog",
        details: """
            The catalog holds tables, views, functions and models. The shell, -c and -f write it; a job file only \
            reads it. Names are written as object, database.object or catalog.database.object.
            """,
        examples: [
            CommandExample("sluice catalog ls", "lists everything"),
            CommandExample("sluice catalog show orders", "prints the CREATE statement of a table"),
            CommandExample("sluice catalog export --redact > ddl.sql", "prints all of it as a script"),
        ],
        subcommands: reading + changing)

    private static let output: [CommandOption] = [
        CommandOption("json", "one JSON object a line"),
        CommandOption("quiet", short: "q", "names only"),
    ]

    private static let reading: [CommandSpec] = [
        CommandSpec(
            "ls", aliases: ["list"], summary: "lists catalogs, databases and what is in them",
            examples: [
                CommandExample("sluice catalog ls", "lists everything"),
                CommandExample("sluice catalog ls --kind table", "lists the tables"),
                CommandExample("sluice catalog ls shop -q", "names in the database shop"),
            ],
            operands: [CommandOperand("NAME", "only what is in this catalog or database", count: .optional)],
            options: [.choice("kind", short: "k", CatalogTool.Kind.allCases.map(\.rawValue), "only these")]
                + output),
        CommandSpec(
            "show", summary: "prints the CREATE statements of objects, secrets masked",
            examples: [
                CommandExample("sluice catalog show orders", "prints one statement"),
                CommandExample("sluice catalog show shop.orders shop.items", "prints two"),
                CommandExample("sluice catalog show orders --json", "the same for a program"),
            ],
            operands: [CommandOperand("NAME", "an object, a database or a catalog", count: .oneOrMore)],
            options: output),
        CommandSpec(
            "export", summary: "prints the catalog as a script that makes it anew",
            details: "Without --redact the script holds the secrets of the options in plain text.",
            examples: [
                CommandExample("sluice catalog export > ddl.sql", "everything, for sluice catalog import"),
                CommandExample("sluice catalog export --redact", "with secrets masked"),
                CommandExample("sluice catalog export lake", "one catalog"),
            ],
            operands: [CommandOperand("CATALOG", "only this one", count: .optional)],
            options: [CommandOption("redact", "masks secrets")] + output),
        CommandSpec(
            "diff", summary: "compares two catalogs",
            examples: [
                CommandExample("sluice catalog diff old.db", "from old.db to this catalog"),
                CommandExample("sluice catalog diff a.db b.db", "from a.db to b.db"),
                CommandExample("sluice catalog diff a.db --exit-code", "ends with 8 when they differ"),
            ],
            operands: [
                CommandOperand("FROM", "a catalog file", kind: .file),
                CommandOperand("TO", "another one; this catalog if left out", kind: .file, count: .optional),
            ],
            options: [CommandOption("exit-code", "ends with 8 when there is a difference")] + output),
        CommandSpec(
            "log", summary: "prints the history of changes",
            examples: [
                CommandExample("sluice catalog log", "all changes"),
                CommandExample("sluice catalog log orders", "those of one table"),
                CommandExample("sluice catalog log -n 10 --json", "the last ten for a program"),
            ],
            operands: [CommandOperand("NAME", "only the changes of this object", count: .optional)],
            options: [.value("limit", short: "n", "N", "the newest N", kind: .integer(1...Int.max))] + output),
        CommandSpec(
            "verify", summary: "checks the catalog file, its references, its statements and its history",
            examples: [
                CommandExample("sluice catalog verify", "prints nothing and ends with 0 when all is well")
            ],
            options: output),
        CommandSpec(
            "backup", summary: "copies the catalog into a new file, also while others use it",
            examples: [CommandExample("sluice catalog backup yesterday.db", "makes a copy")],
            operands: [CommandOperand("FILE", "the new file", kind: .file)], options: output),
    ]

    private static let changing: [CommandSpec] = [
        CommandSpec(
            "create", summary: "makes a catalog or a database, or runs a CREATE statement",
            examples: [
                CommandExample("sluice catalog create database shop", "makes a database"),
                CommandExample("sluice catalog create catalog lake --comment 'raw data'", "makes a catalog"),
                CommandExample("sluice catalog create \"CREATE VIEW v AS SELECT 1\"", "runs a statement"),
            ],
            operands: [
                CommandOperand("WHAT", "catalog, database, or a statement"),
                CommandOperand("NAME", "the name of the catalog or database", count: .optional),
            ],
            options: [
                .value("option", short: "o", "KEY=VALUE", "sets an option", kind: .pair, isRepeatable: true),
                .value("comment", "TEXT", "a comment"),
                CommandOption("if-not-exists", "says nothing when it is there already"),
            ] + output),
        CommandSpec(
            "drop", summary: "removes an object",
            examples: [
                CommandExample("sluice catalog drop table orders", "removes a table"),
                CommandExample(
                    "sluice catalog drop database shop --cascade", "removes a database with all it has"),
                CommandExample("sluice catalog drop view v --if-exists", "says nothing when there is none"),
            ],
            operands: [
                CommandOperand(
                    "KIND", "what it is", kind: .choice(CatalogTool.Kind.allCases.map(\.rawValue))),
                CommandOperand("NAME", "its name"),
            ],
            options: [
                CommandOption("if-exists", "says nothing when it is not there"),
                CommandOption("cascade", "removes what is in a database, too"),
            ] + output),
        CommandSpec(
            "import", summary: "runs scripts of CREATE statements, as export prints them",
            examples: [
                CommandExample("sluice catalog import ddl.sql", "runs a file"),
                CommandExample(
                    "sluice catalog export | sluice --catalog b.db catalog import -", "copies a catalog"),
            ],
            operands: [CommandOperand("FILE", "a script, or - for stdin", kind: .file, count: .oneOrMore)],
            options: output),
    ]
}
