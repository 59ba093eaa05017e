public import SluiceBase
public import SluiceConnect
import SluiceNet
import SluiceTableStore

/// The WITH options of an HBase table, checked.
struct HBaseOptions: Sendable {
    /// What a cell becomes that does not fit its column (H8).
    enum DecodeError: Sendable { case fail, null }

    let tableName: HBaseTableName
    let nullLiteral: [UInt8]
    let decodeError: DecodeError
    /// 0: keys are stored as they are (H5).
    let saltBuckets: Int
    /// Nil: the embedded store.
    let cluster: ClusterOptions?
    let sink: SinkOptions
    /// Nil: rows are written one by one.
    let bulkLoad: BulkLoadOptions?
    let lookup: LookupOptions
    let scan: ScanOptions

    init(_ table: ResolvedTable, _ environment: HBaseEnvironment) throws(SQLError) {
        let options = table.options
        tableName = try HBaseTableName(options.required("table-name", of: table.name))
        nullLiteral = Array((options["null-string-literal"] ?? "null").utf8)
        switch options["hbase.decode-error"]?.lowercased() {
        case nil, "fail": decodeError = .fail
        case "null": decodeError = .null
        case "dead-letter":
            throw SQLError(
                .unsupported,
                "'hbase.decode-error' = 'dead-letter' needs a dead-letter table, which "
                    + "\"\(table.name)\" does not have", hint: "use 'fail' or 'null'")
        case let other?: throw options.wrong("hbase.decode-error", other, "fail or null")
        }
        saltBuckets = try options.int("row-key.salt-buckets", default: 0)
        guard (0...100).contains(saltBuckets) else {
            throw options.wrong("row-key.salt-buckets", String(saltBuckets), "a number from 0 to 100")
        }
        if let key = options.keys.first(where: { $0.hasPrefix("cell.format.") }) {
            throw SQLError(
                .unsupported, "'\(key)': formats inside cells are not supported",
                hint: "declare the column as BYTES and decode it with a function")
        }
        cluster = try environment.cluster(options)
        sink = try SinkOptions(options)
        bulkLoad = try BulkLoadOptions.read(options, cluster)
        lookup = try LookupOptions(options)
        scan = try ScanOptions(options)
        try Self.checkTypes(options)
    }

    /// What leads to the store, for comparing: a quorum may be named in any order, or by some of its servers.
    func place(in embedded: TableStore) -> Set<String> {
        guard let cluster else { return ["embedded \(embedded.folder)"] }
        func name(_ kind: String, _ server: Endpoint) -> String {
            "\(kind) \(server.host.lowercased()):\(server.port)"
        }
        switch cluster.registry {
        case .zooKeeper(let quorum, let parent):
            return Set(quorum.map { name("ZooKeeper", $0) + parent })
        case .servers(let servers): return Set(servers.map { name("server", $0) })
        }
    }

    /// What has no effect on the store at hand must be well-formed all the same.
    private static func checkTypes(_ options: TableOptions) throws(SQLError) {
        for spec in HBaseOptionSpecs.all where !spec.key.hasSuffix(".*") {
            switch spec.kind {
            case .integer: _ = try options.int(spec.key, default: 0)
            case .boolean: _ = try options.bool(spec.key, default: false)
            case .duration: _ = try options.duration(spec.key)
            case .memory: _ = try options.memory(spec.key)
            case .choice(let choices):
                guard let value = options[spec.key] else { continue }
                guard choices.contains(where: { $0.lowercased() == value.lowercased() }) else {
                    throw options.wrong(spec.key, value, choices.joined(separator: " or "))
                }
            case .string: break
            }
        }
    }
}

/// The process around the connector: its environment and the `hbase-site.xml` that it names. The file is read once.
public struct HBaseEnvironment: Sendable {
    public let variables: [String: String]
    private let site: Result<SiteFile?, SQLError>

    /// - Parameter siteFile: an hbase-site.xml, or the folder of one, instead of what `HBASE_CONF_DIR` names.
    public init(_ variables: [String: String] = [:], siteFile: String) throws(SQLError) {
        self.variables = variables
        if let found = try SiteFile.inside(folder: siteFile) {
            site = .success(found)
        } else {
            site = .success(try SiteFile(path: siteFile))
        }
    }

    public init(_ variables: [String: String] = [:]) {
        self.variables = variables
        guard let folder = variables["HBASE_CONF_DIR"], !folder.isEmpty else {
            site = .success(nil)
            return
        }
        do throws(SQLError) {
            site = .success(try SiteFile.inside(folder: folder))
        } catch {
            site = .failure(error)
        }
    }

    public func configuration(_ options: TableOptions) throws(SQLError) -> ClusterConfiguration {
        ClusterConfiguration(options: options, site: try site.get())
    }

    /// Nil: nothing names a cluster.
    public func cluster(_ options: TableOptions) throws(SQLError) -> ClusterOptions? {
        for key in ClusterConfiguration.optionKeys {
            guard let text = options[key], text.allSatisfy(\.isWhitespace) else { continue }
            // Taken for nothing, rows would go to the embedded store.
            throw options.wrong(
                key, text, "the name of a cluster's part; leave the option out for the embedded store")
        }
        let configuration = try configuration(options)
        guard configuration.namesCluster else { return nil }
        return try ClusterOptions(configuration, environment: variables)
    }
}
