import CSQLite
public import SluiceBase

/// A prepared statement: bind, step, read columns, reset. Parameters count from 1, columns from 0.
public final class SQLiteStatement {
    private let connection: SQLiteConnection
    private let handle: OpaquePointer

    /// Copies bound bytes before the bind call returns.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ connection: SQLiteConnection, sql: String, persistent: Bool) throws(SQLError) {
        self.connection = connection
        var prepared: OpaquePointer?
        let flags: UInt32 = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = sqlite3_prepare_v3(connection.handle, sql, -1, flags, &prepared, nil)
        try connection.check(code, statement: sql)
        guard let prepared else {
            throw SQLError(connection.options.errorCode, "an empty statement cannot be prepared")
        }
        handle = prepared
    }

    deinit { sqlite3_finalize(handle) }

    public var sql: String { sqlite3_sql(handle).map { String(cString: $0) } ?? "" }

    /// Has been stepped and not been reset.
    public var isBusy: Bool { sqlite3_stmt_busy(handle) != 0 }

    // MARK: Parameters

    public func bind(_ value: Int64, at index: Int) throws(SQLError) {
        try check(sqlite3_bind_int64(handle, Int32(truncatingIfNeeded: index), value))
    }

    public func bind(_ value: Int, at index: Int) throws(SQLError) {
        try bind(Int64(value), at: index)
    }

    public func bind(_ value: Bool, at index: Int) throws(SQLError) {
        try bind(Int64(value ? 1 : 0), at: index)
    }

    public func bind(_ value: Double, at index: Int) throws(SQLError) {
        try check(sqlite3_bind_double(handle, Int32(truncatingIfNeeded: index), value))
    }

    public func bind(_ value: String?, at index: Int) throws(SQLError) {
        guard var text = value else { return try bindNull(at: index) }
        let code = text.withUTF8 { bytes -> Int32 in
            bytes.withMemoryRebound(to: CChar.self) { chars in
                // A null pointer would bind NULL instead of the empty text.
                guard let base = chars.baseAddress else {
                    return sqlite3_bind_text(handle, Int32(truncatingIfNeeded: index), "", 0, Self.transient)
                }
                return sqlite3_bind_text64(
                    handle, Int32(truncatingIfNeeded: index), base, UInt64(chars.count), Self.transient,
                    UInt8(SQLITE_UTF8))
            }
        }
        try check(code)
    }

    public func bind(_ value: [UInt8], at index: Int) throws(SQLError) {
        try check(value.withUnsafeBytes { blob($0, at: index, Self.transient) })
    }

    /// Copies the bytes.
    public func bind(_ bytes: UnsafeRawBufferPointer, at index: Int) throws(SQLError) {
        try check(blob(bytes, at: index, Self.transient))
    }

    /// Does not copy: the bytes must live and stay unchanged until the statement is reset or bound anew.
    public func bindBorrowed(_ bytes: UnsafeRawBufferPointer, at index: Int) throws(SQLError) {
        try check(blob(bytes, at: index, nil))
    }

    public func bindNull(at index: Int) throws(SQLError) {
        try check(sqlite3_bind_null(handle, Int32(truncatingIfNeeded: index)))
    }

    private func blob(
        _ bytes: UnsafeRawBufferPointer, at index: Int, _ lifetime: sqlite3_destructor_type?
    ) -> Int32 {
        let position = Int32(truncatingIfNeeded: index)
        // A null pointer would bind NULL instead of the empty blob.
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            return sqlite3_bind_zeroblob(handle, position, 0)
        }
        return sqlite3_bind_blob64(handle, position, base, UInt64(bytes.count), lifetime)
    }

    // MARK: Running

    /// True: a row is there. After false or an error the statement is reset.
    public func step() throws(SQLError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE {
            sqlite3_reset(handle)
            return false
        }
        let error = connection.error(code, statement: sql)
        sqlite3_reset(handle)
        throw error
    }

    /// Runs to the end and leaves the statement ready for new parameters.
    public func run() throws(SQLError) {
        while try step() {}
    }

    /// Ends the run; parameters keep their values.
    public func reset() { sqlite3_reset(handle) }

    /// Every parameter becomes NULL; borrowed bytes are let go.
    public func clearBindings() { sqlite3_clear_bindings(handle) }

    // MARK: Columns of the current row

    public func int64(_ column: Int) -> Int64 {
        sqlite3_column_int64(handle, Int32(truncatingIfNeeded: column))
    }

    public func int(_ column: Int) -> Int { Int(int64(column)) }

    public func bool(_ column: Int) -> Bool { int64(column) != 0 }

    public func double(_ column: Int) -> Double {
        sqlite3_column_double(handle, Int32(truncatingIfNeeded: column))
    }

    public func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(handle, Int32(truncatingIfNeeded: column)) == SQLITE_NULL
    }

    /// The text; empty for NULL.
    public func string(_ column: Int) -> String {
        let position = Int32(truncatingIfNeeded: column)
        guard let text = sqlite3_column_text(handle, position) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, position))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    public func stringOrNil(_ column: Int) -> String? { isNull(column) ? nil : string(column) }

    /// The bytes inside SQLite's page or row buffer: valid until the next step or reset.
    public func borrowedBytes(_ column: Int) -> UnsafeRawBufferPointer {
        let position = Int32(truncatingIfNeeded: column)
        let start = sqlite3_column_blob(handle, position)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, position)))
    }

    /// A copy of the bytes.
    public func bytes(_ column: Int) -> [UInt8] { [UInt8](borrowedBytes(column)) }

    public var columnCount: Int { Int(sqlite3_column_count(handle)) }

    public func columnName(_ column: Int) -> String {
        sqlite3_column_name(handle, Int32(truncatingIfNeeded: column)).map { String(cString: $0) } ?? ""
    }

    private func check(_ code: Int32) throws(SQLError) {
        if code != SQLITE_OK { throw connection.error(code, statement: sql) }
    }
}
