/// Files as the program sees them. Passed in, so that tests can use memory and make calls fail.
public protocol Disk: Sendable {
    func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> any DiskFile
    /// nil: there is nothing of that name.
    func status(_ path: String) throws(DiskError) -> DiskStatus?
    /// The absolute path of something that is there, links followed.
    func resolve(_ path: String) throws(DiskError) -> String
    /// Names in a directory, sorted bytewise.
    func list(_ directory: String) throws(DiskError) -> [String]
    /// Replaces `to` at once.
    func rename(_ from: String, to: String) throws(DiskError)
    func remove(_ path: String) throws(DiskError)
    /// With its parents; fine if it is there.
    func makeDirectory(_ path: String) throws(DiskError)
    /// Makes entries of a directory durable.
    func syncDirectory(_ path: String) throws(DiskError)
    /// Cuts a file that is longer.
    func truncate(_ path: String, to size: Int64) throws(DiskError)
    /// A file, made if need be, whose lock one owner has at a time, in whatever process it is.
    func lockFile(_ path: String) throws(DiskError) -> any DiskLock
    /// Other users of the machine may read and change the file, or list and change the directory.
    func allowEveryone(_ path: String) throws(DiskError)
}

extension Disk {
    /// Where there are no users there is nothing to allow.
    public func allowEveryone(_ path: String) throws(DiskError) {}
}

public enum DiskOpenMode: Sendable {
    case read
    /// Makes the file, or empties it.
    case create
    case append
}

public struct DiskStatus: Sendable, Hashable {
    public enum Kind: Sendable { case file, directory, other }
    public var kind: Kind
    public var size: Int64
    /// Microseconds since 1970-01-01 UTC.
    public var modified: Int64
    /// Tells a file from another that took its name.
    public var identity: UInt64

    public init(kind: Kind, size: Int64, modified: Int64, identity: UInt64) {
        self.kind = kind
        self.size = size
        self.modified = modified
        self.identity = identity
    }
}

/// An open file. Owned by one thread at a time.
public protocol DiskFile: AnyObject {
    /// Bytes read; 0 at the end.
    func read(_ into: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int
    /// Writes all of it.
    func write(_ bytes: UnsafeRawBufferPointer) throws(DiskError)
    /// Where the next read starts.
    func seek(to offset: Int64) throws(DiskError)
    func sync() throws(DiskError)
    func close()
}

/// The lock of a file, free until it is acquired. The end of its owner's process releases it. Owned by one thread at a
/// time.
public protocol DiskLock: AnyObject {
    /// False: somebody else has it and `waits` is false.
    func acquire(waits: Bool) throws(DiskError) -> Bool
    func release()
    /// Releases it and gives the file back.
    func close()
}

/// A call of the operating system failed.
public struct DiskError: Error, Sendable, Equatable {
    public var operation: String
    public var path: String
    public var code: Int32

    public init(_ operation: String, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }
}
