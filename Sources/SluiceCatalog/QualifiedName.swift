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
    public var sql: String { databaseName.sql + "." + quotedIdentifier(object) }
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
    public var sql: String { quotedIdentifier(catalog) + "." + quotedIdentifier(database) }

    /// Where a session starts.
    public static let initial = DatabaseName("default_catalog", "default_database")
}

/// A name in backticks, for a statement.
public func quotedIdentifier(_ name: String) -> String {
    var out = "`"
    for scalar in name.unicodeScalars {
        if scalar == "`" { out.unicodeScalars.append("`") }
        out.unicodeScalars.append(scalar)
    }
    return out + "`"
}

/// A text as a SQL string literal.
public func quotedLiteral(_ text: String) -> String {
    var out = "'"
    for scalar in text.unicodeScalars {
        if scalar == "'" { out.unicodeScalars.append("'") }
        out.unicodeScalars.append(scalar)
    }
    return out + "'"
}
