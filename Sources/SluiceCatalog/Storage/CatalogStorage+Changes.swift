public import SluiceBase

/// The rules of CREATE, ALTER, DROP and RENAME. The results tell whether anything changed.
extension CatalogStorage {
    // MARK: Catalogs

    public mutating func createCatalog(_ entry: CatalogEntry, ifNotExists: Bool) throws(SQLError) -> Bool {
        if try collides(catalog: entry.name, ifNotExists: ifNotExists) {
            if ifNotExists { return false }
            throw SQLError(.objectExists, "catalog \"\(entry.name)\" exists already")
        }
        guard let type = entry.options["type"] else {
            throw SQLError(
                .invalidDefinition, "catalog \"\(entry.name)\" needs the option 'type'",
                hint: "add WITH ('type' = 'generic_in_memory')")
        }
        guard type == "generic_in_memory" else {
            throw SQLError(
                .unsupported, "catalog type \"\(type)\" is not supported",
                hint: "use 'type' = 'generic_in_memory'")
        }
        // A layer makes the name anew and hides what lies below it.
        if try catalogs().contains(where: { $0.name == entry.name }) { try remove(catalog: entry.name) }
        try put(entry)
        try put(DatabaseEntry(name: DatabaseName(entry.name, entry.defaultDatabase)))
        return true
    }

    public mutating func alterCatalog(
        _ name: String, _ change: (inout CatalogEntry) throws(SQLError) -> Void
    ) throws(SQLError) {
        var entry = try requireCatalog(name)
        try change(&entry)
        entry.name = name
        try put(entry)
    }

    public mutating func dropCatalog(_ name: String, ifExists: Bool) throws(SQLError) -> Bool {
        guard try catalogs().contains(where: { $0.name == name }) else {
            if ifExists { return false }
            throw try unknownCatalog(name)
        }
        if name == DatabaseName.initial.catalog {
            throw SQLError(
                .invalidDefinition, "catalog \"\(name)\" is where sessions start and cannot be dropped")
        }
        try remove(catalog: name)
        return true
    }

    // MARK: Databases

    public mutating func createDatabase(_ entry: DatabaseEntry, ifNotExists: Bool) throws(SQLError) -> Bool {
        _ = try requireCatalog(entry.name.catalog)
        if try collides(database: entry.name, ifNotExists: ifNotExists) {
            if ifNotExists { return false }
            throw SQLError(.objectExists, "database \"\(entry.name)\" exists already")
        }
        if try databases(in: entry.name.catalog).contains(where: { $0.name == entry.name }) {
            try remove(database: entry.name)
        }
        try put(entry)
        return true
    }

    public mutating func alterDatabase(
        _ name: DatabaseName, _ change: (inout DatabaseEntry) throws(SQLError) -> Void
    ) throws(SQLError) {
        var entry = try requireDatabase(name)
        try change(&entry)
        entry.name = name
        try put(entry)
    }

    public mutating func dropDatabase(
        _ name: DatabaseName, ifExists: Bool, cascade: Bool
    ) throws(SQLError) -> Bool {
        _ = try requireCatalog(name.catalog)
        guard try databases(in: name.catalog).contains(where: { $0.name == name }) else {
            if ifExists { return false }
            throw try unknownDatabase(name)
        }
        if name == DatabaseName.initial {
            throw SQLError(
                .invalidDefinition, "database \"\(name)\" is where sessions start and cannot be dropped")
        }
        if !cascade {
            var found = 0
            for space in Namespace.allCases { found += try objects(space, in: name).count }
            if found > 0 {
                let what = found == 1 ? "1 object" : "\(found) objects"
                throw SQLError(
                    .invalidDefinition, "database \"\(name)\" is not empty: it has \(what)",
                    hint: "DROP DATABASE … CASCADE drops them too")
            }
        }
        try remove(database: name)
        return true
    }

    // MARK: Objects

    public mutating func create(_ object: CatalogObject, _ mode: CreateMode) throws(SQLError) -> Bool {
        let name = object.name
        let space = object.kind.namespace
        _ = try requireDatabase(name.databaseName)
        if try collides(space, name) {
            let found = try self.object(space, name)
            let kind = found?.kind ?? object.kind
            switch mode {
            case .ifNotExists: return false
            case .orReplace where kind == object.kind: break
            case .new, .orReplace:
                throw SQLError(.objectExists, "\(kind.rawValue) \"\(name)\" exists already")
            }
        }
        try put(object)
        return true
    }

    public mutating func alter(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool,
        _ change: (CatalogObject) throws(SQLError) -> CatalogObject
    ) throws(SQLError) -> Bool {
        guard let old = try find(kind, name, ifExists: ifExists) else { return false }
        var new = try change(old)
        new.name = old.name
        guard new.kind == kind else {
            throw SQLError(
                .internalError, "\(kind.rawValue) \"\(name)\" cannot become a \(new.kind.rawValue)")
        }
        if new == old { return false }
        try put(new)
        return true
    }

    public mutating func drop(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool
    ) throws(SQLError) -> Bool {
        guard try find(kind, name, ifExists: ifExists) != nil else { return false }
        try remove(kind.namespace, name)
        return true
    }

    public mutating func rename(
        _ kind: ObjectKind, _ name: QualifiedName, to target: QualifiedName, ifExists: Bool
    ) throws(SQLError) -> Bool {
        guard var object = try find(kind, name, ifExists: ifExists) else { return false }
        guard target.databaseName == name.databaseName else {
            throw SQLError(
                .invalidDefinition,
                "\(kind.rawValue) \"\(name)\" cannot move to database \"\(target.databaseName)\"",
                hint: "RENAME TO keeps the database")
        }
        if try collides(kind.namespace, target) {
            throw SQLError(.objectExists, "\(kind.rawValue) \"\(target)\" exists already")
        }
        try remove(kind.namespace, name)
        object.name = target
        try put(object)
        return true
    }

    /// The object to change; nil where IF EXISTS forgives that there is none.
    private func find(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool
    ) throws(SQLError) -> CatalogObject? {
        let found = try object(kind.namespace, name)
        if let found, found.kind == kind { return found }
        if ifExists { return nil }
        if let found {
            throw SQLError(
                .unknownTable, "\"\(name)\" is a \(found.kind.rawValue), not a \(kind.rawValue)",
                hint: "use the statement for a \(found.kind.rawValue.uppercased())")
        }
        _ = try requireDatabase(name.databaseName)
        throw try unknownObject(kind, name)
    }
}
