public import SluiceBase

/// How a database file is opened, and how its errors speak.
public struct SQLiteOptions: Sendable {
    public enum Access: Sendable { case readOnly, readWrite, create }

    /// What a commit waits for. `normal` may lose the last commits when the machine loses power, never
    /// when a process dies; `full` loses nothing.
    public enum Durability: String, Sendable {
        case normal = "NORMAL"
        case full = "FULL"
    }

    public var access: Access
    public var durability: Durability
    /// How long a statement waits for another process's lock.
    public var busyTimeoutMillis: Int
    /// The code of every error that this file causes.
    public var errorCode: ErrorCode
    /// What the file is to the user, as in `the catalog "x.db" is locked`.
    public var role: String
    /// Written into a new file's header, checked in an old one's; 0 does neither.
    public var applicationID: Int32

    public init(
        errorCode: ErrorCode, role: String, applicationID: Int32 = 0, access: Access = .create,
        durability: Durability = .full, busyTimeoutMillis: Int = 10_000
    ) {
        self.access = access
        self.durability = durability
        self.busyTimeoutMillis = busyTimeoutMillis
        self.errorCode = errorCode
        self.role = role
        self.applicationID = applicationID
    }
}

/// One step of a schema's history: `sql` brings a file from `version - 1` to `version`.
public struct SQLiteMigration: Sendable {
    public var version: Int32
    public var sql: String

    public init(version: Int32, sql: String) {
        self.version = version
        self.sql = sql
    }
}
