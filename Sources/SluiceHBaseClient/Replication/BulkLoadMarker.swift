/// What a log says of a bulk load (`hbase.pb.BulkLoadDescriptor`): the cells themselves are in files. Comes only from
/// clusters with `hbase.replication.bulkload.enabled` and `hbase.replication.cluster.id`.
public struct BulkLoadMarker: Sendable, Hashable, ProtobufReadable {
    public struct File: Sendable, Hashable {
        public var family: [UInt8]
        /// Below the table's folder: `<encoded region>/<family>/<file>`.
        public var path: String
    }

    public var table: HBaseTable
    public var region: [UInt8]
    public var files: [File] = []
    public var sequence: Int64

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var table: HBaseTable?
        var region: [UInt8]?
        var sequence: Int64?
        var stores: [Store] = []
        while let field = try reader.next() {
            switch field {
            case 1: table = try reader.message(HBaseTable.self)
            case 2: region = try reader.array()
            case 3: stores.append(try reader.message(Store.self))
            case 4: sequence = try reader.int64()
            default: try reader.skip()
            }
        }
        self.table = try required(table, "BulkLoadDescriptor.table_name")
        self.region = try required(region, "BulkLoadDescriptor.encoded_region_name")
        self.sequence = try required(sequence, "BulkLoadDescriptor.bulkload_seq_num")
        let folder = String(decoding: self.region, as: UTF8.self)
        for store in stores {
            for file in store.files {
                files.append(File(family: store.family, path: "\(folder)/\(store.home)/\(file)"))
            }
        }
    }

    /// `hbase.pb.StoreDescriptor`.
    private struct Store: ProtobufReadable {
        var family: [UInt8]
        var home: String
        var files: [String] = []

        init(from reader: inout ProtobufReader) throws(WireError) {
            var family: [UInt8]?
            var home: String?
            while let field = try reader.next() {
                switch field {
                case 1: family = try reader.array()
                case 2: home = try reader.lenientString()
                case 3: files.append(try reader.lenientString())
                default: try reader.skip()
                }
            }
            self.family = try required(family, "StoreDescriptor.family_name")
            self.home = try required(home, "StoreDescriptor.store_home_dir")
        }
    }
}
