public import SluiceBase
public import SluiceColumns

/// What a connector knows of a row beyond its columns: `col TYPE METADATA FROM 'key'`.
public struct MetadataKey: Sendable, Hashable {
    public enum Access: Sendable { case read, write, readAndWrite }

    public var name: String
    public var type: DataType
    public var access: Access

    public init(_ name: String, _ type: DataType, _ access: Access) {
        self.name = name
        self.type = type
        self.access = access
    }

    /// A column may differ in length, precision and nullability only: values are not cast.
    func fits(_ column: DataType) -> Bool {
        switch (type.kind, column.kind) {
        case (.varchar, .varchar), (.timestampLTZ, .timestampLTZ), (.timestamp, .timestamp): return true
        default: return type.kind == column.kind
        }
    }
}

extension Connector {
    /// Holds the METADATA columns of a table against the connector's keys.
    public func checkMetadata(_ table: ResolvedTable) throws(SQLError) {
        for column in table.columns {
            guard let name = column.metadataKey else { continue }
            let known = metadata.map(\.name)
            guard let key = metadata.first(where: { $0.name == name }) else {
                let near = DidYouMean.nearest(name, in: known).map { "did you mean '\($0)'?" }
                throw SQLError(
                    .connectorOption, "connector '\(names[0])' has no metadata '\(name)'",
                    hint: near
                        ?? (known.isEmpty ? nil : "known metadata: " + known.joined(separator: ", ")))
            }
            guard key.fits(column.type) else {
                throw SQLError(
                    .typeMismatch,
                    "column \"\(column.name)\" is \(column.type), metadata '\(name)' is \(key.type)",
                    hint: "declare the column as \(key.type) and cast it in the query")
            }
        }
    }

    /// The first column that only a sink may use.
    public func unreadableMetadata(_ table: ResolvedTable) -> ResolvedTable.Column? {
        table.columns.first { column in
            metadata.contains { $0.name == column.metadataKey && $0.access == .write }
        }
    }

    /// The first column, not VIRTUAL, that a sink cannot take.
    public func unwritableMetadata(_ table: ResolvedTable) -> ResolvedTable.Column? {
        table.columns.first { column in
            !column.isVirtual
                && metadata.contains { $0.name == column.metadataKey && $0.access == .read }
        }
    }
}
