import SluiceColumns

/// The full name of a table, view, function or model. Names are case-sensitive, as in Flink.
public struct QualifiedName: Hashable, Sendable, CustomStringConvertible {
    public var catalog: String
    public var database: String
    public var object: String

    public init(_ catalog: String, _ database: String, _ object: String) {
        self.catalog = catalog
        self.database = database
        self.object = object
    }

    public init(_ database: DatabaseName, _ object: String) {
        self.init(database.catalog, database.database, object)
    }

    public var databaseName: DatabaseName { DatabaseName(catalog, database) }

    /// For messages: `shop.sales.orders`.
    public var description: String { "\(catalog).\(database).\(object)" }

    /// For statements: each part in backticks.
    public var sql: String { databaseName.sql + "." + quoteIdentifier(object) }
}

/// A database within its catalog.
public struct DatabaseName: Hashable, Sendable, CustomStringConvertible {
    public var catalog: String
    public var database: String

    public init(_ catalog: String, _ database: String) {
        self.catalog = catalog
        self.database = database
    }

    public var description: String { "\(catalog).\(database)" }
    public var sql: String { quoteIdentifier(catalog) + "." + quoteIdentifier(database) }

    /// Where a session starts.
    public static let initial = DatabaseName("default_catalog", "default_database")
}

/// A text as a SQL string literal.
public func quoteLiteral(_ text: String) -> String {
    var out = "'"
    for scalar in text.unicodeScalars {
        if scalar == "'" { out.unicodeScalars.append("'") }
        out.unicodeScalars.append(scalar)
    }
    return out + "'"
}
