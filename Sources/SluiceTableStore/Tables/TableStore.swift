import Glibc
public import SluiceBase
import SluiceSQLite

/// HBase tables in a folder: one file a table, in one folder a namespace. Any number of processes and
/// threads may use it at once.
public final class TableStore: Sendable {
    public let folder: String
    public let clock: any Clock
    /// How much of the tables' edit logs is kept.
    public let retention: EditRetention
    private let opened: Lock<[HBaseTableName: StoredTable]> = Lock([:])

    /// Creates nothing; folders appear with the first table.
    public init(folder: String, clock: any Clock, retention: EditRetention = EditRetention()) {
        self.folder = folder
        self.clock = clock
        self.retention = retention
    }

    private func path(_ name: HBaseTableName) -> String {
        "\(folder)/\(name.namespace)/\(name.qualifier).db"
    }

    private func hasFile(_ name: HBaseTableName) -> Bool { access(path(name), F_OK) == 0 }

    public func exists(_ name: HBaseTableName) throws(SQLError) -> Bool {
        guard hasFile(name) else { return false }
        let options = TableConnection.options(access: .readWrite)
        let database = try SQLiteDatabase(path: path(name), options: options)
        return try database.integer("SELECT dropped FROM meta") == 0
    }

    /// An existing table; the same object for every caller in this process.
    public func table(_ name: HBaseTableName) throws(SQLError) -> StoredTable {
        guard hasFile(name) else { throw TableConnection.missing(name) }
        return try opened.withLock { (tables) throws(SQLError) in
            if let table = tables[name] { return table }
            let table = try StoredTable(name: name, path: path(name), clock: clock, retention: retention)
            tables[name] = table
            return table
        }
    }

    /// Creates a table; an error when it exists.
    public func create(_ descriptor: HBaseTableDescriptor) throws(SQLError) {
        let name = descriptor.name
        if hasFile(name) { return try revive(descriptor) }
        try makeFolders("\(folder)/\(name.namespace)")
        // Built aside and linked in whole, so that nobody sees a half-made table.
        let final = path(name)
        let temporary = "\(final).new-\(getpid())-\(clock.monotonicNanos())"
        defer {
            for suffix in ["", "-wal", "-shm"] { unlink(temporary + suffix) }
        }
        try build(descriptor, at: temporary)
        guard link(temporary, final) == 0 else {
            if errno == EEXIST { return try revive(descriptor) }
            throw systemError("cannot create the table file \"\(final)\"")
        }
    }

    private func build(_ descriptor: HBaseTableDescriptor, at path: String) throws(SQLError) {
        let database = try SQLiteDatabase(path: path, options: TableConnection.options(access: .create))
        try database.migrate(TableConnection.migrations)
        try database.transaction { () throws(SQLError) in
            try TableConnection.store(descriptor, in: database)
        }
        // The link must find everything in the main file.
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// A dropped table's file stays, empty: were it removed while another process has it open, that
    /// process's last act would remove the log of a later file of the same name.
    private func revive(_ descriptor: HBaseTableDescriptor) throws(SQLError) {
        let options = TableConnection.options(access: .readWrite)
        let database = try SQLiteDatabase(path: path(descriptor.name), options: options)
        try database.transaction { () throws(SQLError) in
            guard try database.integer("SELECT dropped FROM meta") == 1 else {
                throw SQLError(.tableStore, "the table \"\(descriptor.name)\" exists already")
            }
            try TableConnection.store(descriptor, in: database)
            try database.execute("UPDATE meta SET dropped = 0, writes = 0, live = 0")
        }
    }

    /// Creates the table, or adds to an existing one the families that it lacks.
    public func ensure(_ descriptor: HBaseTableDescriptor) throws(SQLError) -> StoredTable {
        if try !exists(descriptor.name) {
            do {
                try create(descriptor)
            } catch {
                // Another process may have been faster.
                guard try exists(descriptor.name) else { throw error }
            }
        }
        let table = try table(descriptor.name)
        let known = Set(try table.descriptor().families.map(\.name))
        if !descriptor.families.allSatisfy({ known.contains($0.name) }) {
            try table.alter { (families) throws(SQLError) in
                let present = Set(families.map(\.name))
                families += descriptor.families.filter { !present.contains($0.name) }
            }
        }
        return table
    }

    public func drop(_ name: HBaseTableName) throws(SQLError) {
        try table(name).empty(drop: true)
    }

    /// All tables, sorted by name.
    public func list() throws(SQLError) -> [HBaseTableName] {
        var names: [HBaseTableName] = []
        for namespace in try entries(folder) {
            guard (try? HBaseTableName.checkNamespace(namespace)) != nil else { continue }
            for file in try entries("\(folder)/\(namespace)") where file.hasSuffix(".db") {
                let text = "\(namespace):\(file.dropLast(3))"
                if let name = try? HBaseTableName(text), try exists(name) { names.append(name) }
            }
        }
        return names.sorted()
    }

    // MARK: Folders

    private func entries(_ path: String) throws(SQLError) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw systemError("cannot read the folder \"\(path)\"")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private func makeFolders(_ path: String) throws(SQLError) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            if mkdir(built, 0o777) != 0 && errno != EEXIST {
                throw systemError("cannot create the folder \"\(built)\"")
            }
        }
    }

    private func systemError(_ what: String) -> SQLError {
        let reason = strerror(errno).map { String(cString: $0).lowercased() } ?? "unknown reason"
        return SQLError(.tableStore, "\(what): \(reason)")
    }
}
