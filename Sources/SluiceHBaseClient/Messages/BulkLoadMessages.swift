/// Asks a region server for a token and a staging folder (`PrepareBulkLoadRequest`); the answer is `bulkToken`.
public struct PrepareBulkLoadRequest: Sendable, Hashable, ProtobufWritable {
    public var table: HBaseTable
    public var region: [UInt8]

    public init(table: HBaseTable, region: [UInt8]) {
        self.table = table
        self.region = region
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, table)
        writer.field(2, RegionSpecifier(.name, region))
    }

    /// Reads a `PrepareBulkLoadResponse`.
    public static func bulkToken(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> String {
        try FirstString(bytes).value
    }
}

/// Makes finished HFiles part of a region (`BulkLoadHFileRequest`).
public struct BulkLoadHFileRequest: Sendable, Hashable, ProtobufWritable {
    public struct File: Sendable, Hashable {
        public var family: [UInt8]
        /// As the server sees it.
        public var path: String

        public init(family: [UInt8], path: String) {
            self.family = family
            self.path = path
        }
    }

    public var region: [UInt8]
    public var files: [File]
    /// The region gives the cells a sequence number of its own, so that they come after what it holds.
    public var assignsSequenceNumber = true
    public var bulkToken: String?
    /// Leaves the given files where they are.
    public var copiesFiles = false

    public init(region: [UInt8], files: [File]) {
        self.region = region
        self.files = files
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, RegionSpecifier(.name, region))
        for file in files {
            let mark = writer.begin(2)
            writer.field(1, file.family)
            writer.field(2, file.path)
            writer.end(mark)
        }
        writer.field(3, assignsSequenceNumber)
        writer.optional(5, bulkToken)
        writer.field(6, copiesFiles)
    }

    /// Reads a `BulkLoadHFileResponse`: false when the region refused the files.
    public static func isLoaded(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Bool {
        var loaded: Bool?
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            if field == 1 { loaded = try reader.bool() } else { try reader.skip() }
        }
        return try required(loaded, "BulkLoadHFileResponse.loaded")
    }
}

/// Removes the staging folder (`CleanupBulkLoadRequest`).
public struct CleanupBulkLoadRequest: Sendable, Hashable, ProtobufWritable {
    public var bulkToken: String
    public var region: [UInt8]

    public init(bulkToken: String, region: [UInt8]) {
        self.bulkToken = bulkToken
        self.region = region
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, bulkToken)
        writer.field(2, RegionSpecifier(.name, region))
    }
}
