import SluiceCommandLine
import SluiceHBase

/// The commands below `sluice hbase`, with their operands and options.
extension HBaseCommand {
    private static let json = CommandOption("json", "one JSON object a line")
    private static let table = CommandOperand("TABLE", "the table")
    private static let row = CommandOperand("ROW", "the row key")
    private static let type = CommandOption.choice(
        "type", short: "t", HBaseValueType.allCases.map(\.rawValue), "how values are read and written",
        defaultValue: "string")
    private static let timestamp = CommandOption.value(
        "timestamp", "MILLIS", "the version", kind: .integer(0...Int.max))

    private static func example(_ command: String, _ meaning: String) -> [CommandExample] {
        [CommandExample("sluice hbase " + command, meaning)]
    }

    static let tables: [CommandSpec] = [
        CommandSpec(
            "ls", aliases: ["list"], summary: "lists the tables", examples: example("ls", "all of them"),
            operands: [CommandOperand("TEXT", "only names that contain this", count: .optional)],
            options: [json]),
        CommandSpec(
            "create", summary: "makes a table",
            examples: example("create t f 'g,VERSIONS=3'", "with two families"),
            operands: [
                table,
                CommandOperand(
                    "FAMILY", "a family, perhaps with attributes as in f,VERSIONS=3", count: .oneOrMore),
            ],
            options: [
                .value("split", "KEY", "a further region begins here", isRepeatable: true), json,
            ]),
        CommandSpec(
            "describe", aliases: ["desc"],
            summary: "prints families, and a CREATE TABLE statement that would fit",
            examples: example("describe t --ddl", "only the statement"), operands: [table],
            options: [CommandOption("ddl", "only the CREATE TABLE statement"), json]),
        CommandSpec(
            "alter", summary: "adds, changes and drops families",
            examples: example("alter t 'f,TTL=86400' g --drop h", "changes f, adds g if it is new, drops h"),
            operands: [
                table,
                CommandOperand(
                    "FAMILY", "a family, perhaps with attributes as in f,VERSIONS=3", count: .any),
            ],
            options: [
                .value("drop", "FAMILY", "removes a family with its cells", isRepeatable: true), json,
            ]),
        CommandSpec(
            "drop", summary: "removes a table", examples: example("drop t", "with all its rows"),
            operands: [table],
            options: [json]),
        CommandSpec(
            "truncate", summary: "removes all rows of a table",
            examples: example("truncate t", "keeps the families"),
            operands: [table], options: [json]),
        CommandSpec(
            "compact", summary: "removes what no reader can see any more",
            examples: example("compact t", "one table"),
            operands: [table], options: [json]),
        CommandSpec(
            "doctor", summary: "looks for what is wrong between here and a table",
            examples: example("doctor t --quorum localhost:2181", "step by step"),
            operands: [table], options: [json]),
    ]

    private static let namespace = CommandOperand("NAMESPACE", "the namespace")

    static let cluster: [CommandSpec] = [
        CommandSpec(
            "enable", summary: "lets a table be read and written again",
            examples: example("enable t", "after disable"), operands: [table], options: [json]),
        CommandSpec(
            "disable", summary: "closes the regions of a table",
            examples: example("disable t", "its rows stay"),
            operands: [table], options: [json]),
        CommandSpec(
            "flush", summary: "has servers write a table's memory to files",
            examples: example("flush t", "all regions of a table"), operands: [table], options: [json]),
        CommandSpec(
            "regions", summary: "lists regions, where they are and what they hold",
            examples: example("regions t --quorum localhost:2181", "those of one table"),
            operands: [CommandOperand("TABLE", "only of this table", count: .optional)], options: [json]),
        CommandSpec(
            "status", summary: "lists a cluster's master and servers",
            examples: example("status --quorum localhost:2181", "with what they carry"), options: [json]),
        CommandSpec(
            "namespaces", summary: "lists a cluster's namespaces",
            examples: example("namespaces --quorum localhost:2181", "all of them"), options: [json]),
        CommandSpec(
            "namespace-create", summary: "makes a namespace",
            examples: example("namespace-create ns", "an empty one"),
            operands: [namespace], options: [json]),
        CommandSpec(
            "namespace-drop", summary: "removes an empty namespace",
            examples: example("namespace-drop ns", "without tables"),
            operands: [namespace], options: [json]),
    ]

    private static let peer = CommandOperand("PEER", "the peer's name")

    static let peers: [CommandSpec] = [
        CommandSpec(
            "peers", summary: "lists where the cluster ships its edits",
            examples: example("peers --quorum localhost:2181", "all replication peers"), options: [json]),
        CommandSpec(
            "peer-add", summary: "has the cluster ship edits to another one",
            examples: example("peer-add dr zk9:2181:/hbase orders=f,g", "two families of a table"),
            operands: [
                peer, CommandOperand("KEY", "where to: quorum:port:/node of its ZooKeeper"),
                CommandOperand(
                    "TABLE", "a table, or table=family,family; none: all tables", count: .any),
            ],
            options: [
                CommandOption("disabled", "keep the edits until the peer is enabled"),
                CommandOption("unordered", "faster; edits of a region may come out of order"), json,
            ]),
        CommandSpec(
            "peer-remove", summary: "removes a replication peer, with what was not shipped to it yet",
            examples: example("peer-remove dr", "its logs can be removed then"), operands: [peer],
            options: [json]),
        CommandSpec(
            "peer-enable", summary: "has a replication peer get its edits",
            examples: example("peer-enable dr", "with those that waited"), operands: [peer], options: [json]),
        CommandSpec(
            "peer-disable", summary: "keeps the edits for a replication peer",
            examples: example("peer-disable dr", "until it is enabled"), operands: [peer], options: [json]),
    ]

    private static let reading: [CommandOption] = [
        .value("column", short: "c", "COLUMN", "a family, or family:qualifier", isRepeatable: true),
        .value("versions", "N", "versions of each cell", kind: .integer(1...Int.max), defaultValue: "1"),
        .value("min-timestamp", "MILLIS", "from this version on", kind: .integer(0...Int.max)),
        .value("max-timestamp", "MILLIS", "below this version", kind: .integer(0...Int.max)),
        CommandOption("raw", "delete markers and deleted cells, too"), type, json,
    ]

    static let rows: [CommandSpec] = [
        CommandSpec(
            "get", summary: "prints one row",
            examples: example("get t r1 -c f:q --type bigint", "one cell as a number"),
            operands: [table, row], options: reading),
        CommandSpec(
            "scan", summary: "prints rows in the order of their keys",
            examples: example("scan t --prefix 2013- --limit 5", "the first five of a prefix"),
            operands: [table],
            options: [
                .value("start", "ROW", "from this row on"), .value("stop", "ROW", "up to before this row"),
                .value("prefix", "TEXT", "rows that begin with this"),
                .value("limit", short: "n", "N", "so many rows", kind: .integer(0...Int.max)),
                CommandOption("reversed", "from the last row to the first"),
            ] + reading),
        CommandSpec(
            "put", summary: "writes a cell", examples: example("put t r1 f:q 42 --type bigint", "a number"),
            operands: [
                table, row, CommandOperand("COLUMN", "family:qualifier"),
                CommandOperand("VALUE", "the value"),
            ],
            options: [type, timestamp, json]),
        CommandSpec(
            "incr", summary: "adds to a counter and prints its new value",
            examples: example("incr t r1 f:hits 5", "adds five"),
            operands: [
                table, row, CommandOperand("COLUMN", "family:qualifier"),
                CommandOperand(
                    "BY", "how much; 1 if left out, -- in front of a negative number", count: .optional),
            ], options: [json]),
        CommandSpec(
            "delete", aliases: ["rm"], summary: "deletes a row, a family or a column",
            examples: example("delete t r1 f:q", "all versions of a cell"),
            operands: [
                table, row, CommandOperand("COLUMN", "a family, or family:qualifier", count: .optional),
            ],
            options: [timestamp, CommandOption("newest", "only the newest version of the column"), json]),
    ]
}
