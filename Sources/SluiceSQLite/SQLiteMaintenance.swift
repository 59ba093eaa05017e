import CSQLite
public import SluiceBase

/// Schema versions, copies and checks of a database file.
extension SQLiteDatabase {
    private var options: SQLiteOptions { connection.options }

    public var userVersion: Int32 {
        get throws(SQLError) { Int32(truncatingIfNeeded: try integer("PRAGMA user_version") ?? 0) }
    }

    /// Brings the file's schema to the last migration's version, all or nothing. Several processes may
    /// start at once: the write lock lets the first one do the work.
    public func migrate(_ migrations: [SQLiteMigration]) throws(SQLError) {
        let newest = migrations.map(\.version).max() ?? 0
        try checkOwner()
        var version = try userVersion
        try checkAge(version, newest: newest)
        if version == newest { return }
        if isReadOnly {
            throw SQLError(
                options.errorCode,
                "\(options.role) \"\(path)\" has an old schema (version \(version)) and is read-only",
                hint: "open it once with write permission")
        }
        try transaction(.immediate) { () throws(SQLError) in
            version = try userVersion
            try checkOwner()
            try checkAge(version, newest: newest)
            for step in migrations.sorted(by: { $0.version < $1.version }) where step.version > version {
                try execute(step.sql)
                try execute("PRAGMA user_version = \(step.version)")
            }
            if options.applicationID != 0 {
                try execute("PRAGMA application_id = \(options.applicationID)")
            }
        }
    }

    /// A file with tables that carries another program's mark, or none, is not ours to change.
    private func checkOwner() throws(SQLError) {
        guard options.applicationID != 0 else { return }
        let found = Int32(truncatingIfNeeded: try integer("PRAGMA application_id") ?? 0)
        if found == options.applicationID { return }
        let tables = try integer("SELECT count(*) FROM sqlite_schema") ?? 0
        if found == 0 && tables == 0 { return }
        throw SQLError(
            options.errorCode, "\(options.role) \"\(path)\" is a database of another program",
            hint: "name another file, or move this one away")
    }

    private func checkAge(_ version: Int32, newest: Int32) throws(SQLError) {
        guard version > newest else { return }
        throw SQLError(
            options.errorCode,
            "\(options.role) \"\(path)\" has schema version \(version), "
                + "this program knows versions up to \(newest)",
            hint: "use the newer program that wrote it")
    }

    /// Copies the whole database, as of now, into a new file, while others go on reading and writing.
    public func backup(to target: String) throws(SQLError) {
        let copyOptions = SQLiteOptions(
            errorCode: options.errorCode, role: "the backup", busyTimeoutMillis: options.busyTimeoutMillis)
        let copy = try SQLiteConnection(path: target, options: copyOptions)
        guard let backup = sqlite3_backup_init(copy.handle, "main", connection.handle, "main") else {
            throw copy.error(sqlite3_extended_errcode(copy.handle))
        }
        // All pages in one step hold one read transaction: writers cannot force a restart.
        let stepped = sqlite3_backup_step(backup, -1)
        let finished = sqlite3_backup_finish(backup)
        if stepped != SQLITE_DONE {
            throw copy.error(finished == SQLITE_OK ? stepped : finished)
        }
    }

    /// What is wrong with the file; empty when nothing is.
    public func integrityProblems() throws(SQLError) -> [String] {
        let query = try prepare("PRAGMA integrity_check")
        var found: [String] = []
        while try query.step() {
            let line = query.string(0)
            if line != "ok" { found.append(line) }
        }
        let keys = try prepare("PRAGMA foreign_key_check")
        while try keys.step() {
            found.append("a row of \"\(keys.string(0))\" refers to a missing row of \"\(keys.string(2))\"")
        }
        return found
    }

    /// Moves the write-ahead log into the file as far as readers allow.
    public func checkpoint() throws(SQLError) {
        try execute("PRAGMA wal_checkpoint(PASSIVE)")
    }
}
