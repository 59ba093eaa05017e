/// The number that makes the tries of one administrative request one procedure: the same on every try.
public struct Nonce: Sendable, Hashable {
    public var group: UInt64
    public var number: UInt64

    public init(group: UInt64, number: UInt64) {
        self.group = group
        self.number = number
    }

    fileprivate func write(_ first: UInt32, to writer: inout ProtobufWriter) {
        writer.field(first, group)
        writer.field(first + 1, number)
    }
}

/// Requests to `MasterService` and `AdminService`.
public enum AdminRequests {
    private static func message(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        body(&writer)
        return writer.finish()
    }

    /// `CreateTableRequest`.
    public static func createTable(_ schema: TableSchema, splitKeys: [[UInt8]], _ nonce: Nonce) -> [UInt8] {
        message { writer in
            writer.field(1, schema)
            for key in splitKeys { writer.field(2, key) }
            nonce.write(3, to: &writer)
        }
    }

    /// `DeleteTableRequest`, `EnableTableRequest`, `DisableTableRequest`.
    public static func table(_ table: HBaseTable, _ nonce: Nonce) -> [UInt8] {
        message { writer in
            writer.field(1, table)
            nonce.write(2, to: &writer)
        }
    }

    /// `TruncateTableRequest`.
    public static func truncate(_ table: HBaseTable, keepsSplits: Bool, _ nonce: Nonce) -> [UInt8] {
        message { writer in
            writer.field(1, table)
            writer.field(2, keepsSplits)
            nonce.write(3, to: &writer)
        }
    }

    /// `ModifyTableRequest`.
    public static func modify(_ schema: TableSchema, _ nonce: Nonce) -> [UInt8] {
        message { writer in
            writer.field(1, schema.table)
            writer.field(2, schema)
            nonce.write(3, to: &writer)
        }
    }

    /// `CreateNamespaceRequest`.
    public static func createNamespace(_ namespace: NamespaceDescriptor, _ nonce: Nonce) -> [UInt8] {
        message { writer in
            writer.field(1, namespace)
            nonce.write(2, to: &writer)
        }
    }

    /// `DeleteNamespaceRequest`.
    public static func deleteNamespace(_ name: String, _ nonce: Nonce) -> [UInt8] {
        message { writer in
            writer.field(1, name)
            nonce.write(2, to: &writer)
        }
    }

    /// `GetTableDescriptorsRequest`: one table, or all user tables (of a namespace).
    public static func tableDescriptors(_ table: HBaseTable?, namespace: String? = nil) -> [UInt8] {
        message { writer in
            writer.optional(1, table)
            writer.optional(4, namespace)
        }
    }

    /// `GetTableNamesRequest`.
    public static func tableNames(namespace: String?, includesSystem: Bool) -> [UInt8] {
        message { writer in
            if includesSystem { writer.field(2, true) }
            writer.optional(3, namespace)
        }
    }

    /// `GetTableStateRequest`.
    public static func tableState(_ table: HBaseTable) -> [UInt8] { message { $0.field(1, table) } }

    /// `GetProcedureResultRequest`.
    public static func procedureResult(_ procedure: UInt64) -> [UInt8] { message { $0.field(1, procedure) } }

    /// `GetClusterStatusRequest` for what `ClusterStatus` holds.
    public static func clusterStatus() -> [UInt8] {
        message { writer in for option: UInt32 in [0, 1, 3, 4, 5, 8, 10] { writer.field(1, option) } }
    }

    /// `SplitTableRegionRequest`; without a row the server chooses the middle.
    public static func split(_ region: RegionInfo, at row: [UInt8]?, _ nonce: Nonce) -> [UInt8] {
        message { writer in
            writer.field(1, region)
            writer.optional(2, row)
            nonce.write(3, to: &writer)
        }
    }

    /// `MergeTableRegionsRequest`; encoded names only.
    public static func merge(_ encodedNames: [[UInt8]], _ nonce: Nonce) -> [UInt8] {
        message { writer in
            for name in encodedNames { writer.field(1, RegionSpecifier(.encodedName, name)) }
            writer.field(3, false)
            nonce.write(4, to: &writer)
        }
    }

    /// `MoveRegionRequest`; an encoded name only. Without a server the master chooses.
    public static func move(_ encodedName: [UInt8], to server: ServerName?) -> [UInt8] {
        message { writer in
            writer.field(1, RegionSpecifier(.encodedName, encodedName))
            writer.optional(2, server)
        }
    }

    /// `FlushRegionRequest` (to the region's server).
    public static func flush(_ region: [UInt8]) -> [UInt8] {
        message { $0.field(1, RegionSpecifier(.name, region)) }
    }

    /// `CompactRegionRequest` (to the region's server).
    public static func compact(_ region: [UInt8], isMajor: Bool, family: [UInt8]?) -> [UInt8] {
        message { writer in
            writer.field(1, RegionSpecifier(.name, region))
            writer.field(2, isMajor)
            writer.optional(3, family)
        }
    }
}
