/// Whether a table's regions are served (`hbase.pb.TableState`).
public enum TableStateKind: UInt32, Sendable, Hashable {
    case enabled = 0
    case disabled = 1
    case disabling = 2
    case enabling = 3
}

/// What became of a procedure (`GetProcedureResultResponse`).
public struct ProcedureResult: Sendable, Hashable, ProtobufReadable {
    public enum State: UInt32, Sendable, Hashable {
        /// Expired, or never there.
        case notFound = 0
        case running = 1
        case finished = 2
    }

    public var state: State
    /// When it was asked for, by the master's clock, in milliseconds since 1970.
    public var submittedMillis: Int64 = 0
    public var exception: RemoteException?

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var state: State?
        while let field = try reader.next() {
            switch field {
            case 1: state = State(rawValue: try reader.uint32())
            case 2: submittedMillis = try reader.int64()
            case 5: exception = try ProcedureResult.exception(foreign: try reader.bytes())
            default: try reader.skip()
            }
        }
        self.state = try required(state, "GetProcedureResultResponse.state")
    }

    /// `ForeignExceptionMessage`: class and message of the `GenericExceptionMessage` in it.
    private static func exception(foreign bytes: UnsafeRawBufferPointer) throws(WireError) -> RemoteException
    {
        var exception = RemoteException(className: "", stackTrace: "")
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            guard field == 2 else {
                try reader.skip()
                continue
            }
            var generic = ProtobufReader(try reader.bytes())
            while let inner = try generic.next() {
                switch inner {
                case 1: exception.className = try generic.lenientString()
                case 2: exception.stackTrace = try generic.lenientString()
                default: try generic.skip()
                }
            }
        }
        return exception
    }
}

/// The servers of a cluster (`hbase.pb.ClusterStatus`).
public struct ClusterStatus: Sendable, Hashable {
    public var hbaseVersion: String?
    public var clusterID: String?
    public var master: ServerName?
    public var backupMasters: [ServerName] = []
    /// Live region servers.
    public var servers: [ServerName] = []
    public var deadServers: [ServerName] = []
    public var isBalancing: Bool?
}

extension ClusterStatus: ProtobufReadable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        while let field = try reader.next() {
            switch field {
            case 1: hbaseVersion = try reader.message(FirstString.self).value
            case 3: deadServers.append(try reader.message(ServerName.self))
            case 5: clusterID = try reader.message(FirstString.self).value
            case 7: master = try reader.message(ServerName.self)
            case 8: backupMasters.append(try reader.message(ServerName.self))
            case 9: isBalancing = try reader.bool()
            case 11: servers.append(try reader.message(ServerName.self))
            default: try reader.skip()
            }
        }
    }
}

/// Answers of `MasterService`.
public enum AdminAnswers {
    /// The number of the procedure that does the work (`CreateTableResponse` and its like); nil when there is none.
    public static func procedure(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> UInt64? {
        var reader = ProtobufReader(bytes)
        var number: UInt64?
        while let field = try reader.next() {
            if field == 1 { number = try reader.uint64() } else { try reader.skip() }
        }
        return number
    }

    /// `GetTableDescriptorsResponse`.
    public static func tableSchemas(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [TableSchema] {
        try list(TableSchema.self, bytes)
    }

    /// `GetTableNamesResponse`.
    public static func tableNames(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [HBaseTable] {
        try list(HBaseTable.self, bytes)
    }

    /// `ListNamespaceDescriptorsResponse`.
    public static func namespaces(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [NamespaceDescriptor]
    {
        try list(NamespaceDescriptor.self, bytes)
    }

    /// The messages of field 1.
    static func list<M: ProtobufReadable>(
        _ type: M.Type, _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> [M] {
        var reader = ProtobufReader(bytes)
        var list: [M] = []
        while let field = try reader.next() {
            if field == 1 { list.append(try reader.message(type)) } else { try reader.skip() }
        }
        return list
    }

    /// `GetClusterStatusResponse`.
    public static func clusterStatus(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ClusterStatus {
        try required(try list(ClusterStatus.self, bytes).first, "GetClusterStatusResponse.cluster_status")
    }

    /// `GetTableStateResponse`.
    public static func tableState(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> TableStateKind {
        struct State: ProtobufReadable {
            var kind: TableStateKind?

            init(from reader: inout ProtobufReader) throws(WireError) {
                while let field = try reader.next() {
                    if field == 1 {
                        kind = TableStateKind(rawValue: try reader.uint32())
                    } else {
                        try reader.skip()
                    }
                }
            }
        }
        return try required(try list(State.self, bytes).first?.kind, "GetTableStateResponse.table_state")
    }
}
