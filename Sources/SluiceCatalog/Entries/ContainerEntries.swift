/// A catalog: a name for a set of databases.
public struct CatalogEntry: Sendable, Equatable {
    public var name: String
    public var options: OptionMap
    public var comment: String?

    public init(name: String, options: OptionMap = [:], comment: String? = nil) {
        self.name = name
        self.options = options
        self.comment = comment
    }

    /// The database that USE CATALOG selects.
    public var defaultDatabase: String {
        options["default-database"]
            ?? (name == DatabaseName.initial.catalog ? DatabaseName.initial.database : "default")
    }
}

/// A database: a name for a set of tables, views, functions and models.
public struct DatabaseEntry: Sendable, Equatable {
    public var name: DatabaseName
    public var options: OptionMap
    public var comment: String?

    public init(name: DatabaseName, options: OptionMap = [:], comment: String? = nil) {
        self.name = name
        self.options = options
        self.comment = comment
    }
}
