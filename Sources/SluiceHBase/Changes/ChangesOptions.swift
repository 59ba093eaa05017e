import SluiceBase
import SluiceConnect
import SluiceTableStore

/// The options that only a table of changes has, checked.
struct ChangesOptions: Sendable, Hashable {
    enum Startup: Sendable, Hashable {
        /// The rows that are there, then what happens to them.
        case initial
        case earliest
        case latest
        /// Milliseconds since 1970.
        case timestamp(Int64)
    }

    /// What one output row is.
    enum Shape: Sendable, Hashable {
        /// Rows as they are now: +I, -U and +U, -D.
        case rows
        /// One inserted row for each edit, with the columns that it wrote.
        case edits
    }

    let startup: Startup
    let shape: Shape
    /// The input ends with what is there when it begins.
    let isBounded: Bool
    /// Under which the store remembers how far this reader came.
    let peerID: String?
    /// Nil: the declared ones.
    let families: [String]?

    init(_ options: TableOptions) throws(SQLError) {
        startup = try Self.startup(options)
        switch options["changelog.mode"]?.lowercased() {
        case nil, "rows": shape = .rows
        case "edits": shape = .edits
        case let other?: throw options.wrong("changelog.mode", other, "rows or edits")
        }
        switch options["scan.bounded.mode"]?.lowercased() {
        case nil, "unbounded": isBounded = false
        case "latest", "latest-offset": isBounded = true
        case let other?: throw options.wrong("scan.bounded.mode", other, "unbounded or latest")
        }
        peerID = options["peer-id"]
        if let peerID {
            let isName = peerID.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x5F
            }
            // HBase cuts the names of its queues at "-".
            guard isName, !peerID.isEmpty else {
                throw options.wrong("peer-id", peerID, "letters, digits and _")
            }
        }
        families = try Self.families(options)
    }

    private static func startup(_ options: TableOptions) throws(SQLError) -> Startup {
        let key = "scan.startup.timestamp-millis"
        let mode = options["scan.startup.mode"]?.lowercased() ?? "initial"
        guard mode == "timestamp" else {
            if options[key] != nil {
                throw SQLError(
                    .connectorOption, "'\(key)' has no effect with 'scan.startup.mode' = '\(mode)'",
                    hint: "set 'scan.startup.mode' = 'timestamp'")
            }
            switch mode {
            case "initial": return .initial
            case "earliest", "earliest-offset": return .earliest
            case "latest", "latest-offset": return .latest
            default:
                throw options.wrong("scan.startup.mode", mode, "initial, earliest, latest or timestamp")
            }
        }
        guard let text = options[key] else {
            throw SQLError(
                .connectorOption, "'scan.startup.mode' = 'timestamp' needs '\(key)'",
                hint: "milliseconds since 1970")
        }
        guard let millis = Int64(text), millis >= 0 else {
            throw options.wrong(key, text, "milliseconds since 1970")
        }
        return .timestamp(millis)
    }

    private static func families(_ options: TableOptions) throws(SQLError) -> [String]? {
        guard let text = options["families"] else { return nil }
        var names: [String] = []
        for part in text.split(whereSeparator: { $0 == "," || $0 == ";" }) {
            let name = String(part.filter { $0 != " " })
            _ = try HBaseFamilyDescriptor(name)
            if !names.contains(name) { names.append(name) }
        }
        guard !names.isEmpty else { throw options.wrong("families", text, "names of column families") }
        return names
    }

    static let specs: [OptionSpec] =
        HBaseOptionSpecs.target + PeerOptions.specs + [
            OptionSpec(
                "peer-id", .string,
                "the name under which the store remembers how far this reader came, or a cluster's replication peer; "
                    + "without one a cluster's peer goes with the job"),
            OptionSpec(
                "families", .string,
                "the column families whose edits are captured, separated by commas; default: the declared ones"
            ),
            OptionSpec(
                "changelog.mode", .choice(["rows", "edits"]), default: "rows",
                "rows: every change as the row before and after it; edits: one inserted row for each edit, "
                    + "with the columns that it wrote"),
            OptionSpec(
                "scan.startup.mode",
                .choice(["initial", "earliest", "latest", "timestamp", "earliest-offset", "latest-offset"]),
                default: "initial", "initial: the rows that are there, then their changes"),
            OptionSpec(
                "scan.startup.timestamp-millis", .integer,
                "with 'scan.startup.mode' = 'timestamp': changes written at this time or later"),
            OptionSpec(
                "scan.bounded.mode", .choice(["unbounded", "latest", "latest-offset"]),
                default: "unbounded", "latest: end with what is there when the job begins"),
        ]
}
