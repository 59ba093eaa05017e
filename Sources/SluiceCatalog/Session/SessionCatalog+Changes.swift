public import SluiceBase

/// CREATE, ALTER, DROP and RENAME of a session. What is marked temporary stays in the session, everything else
/// goes to the permanent part. The results tell whether anything changed.
extension SessionCatalog {
    // MARK: Catalogs and databases

    @discardableResult
    public func createCatalog(
        _ entry: CatalogEntry, ifNotExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        try permanent.createCatalog(entry, ifNotExists: ifNotExists, statement: statement)
    }

    public func alterCatalog(
        _ name: String, statement: String, _ change: (inout CatalogEntry) throws(SQLError) -> Void
    ) throws(SQLError) {
        try permanent.alterCatalog(name, statement: statement, change)
    }

    @discardableResult
    public func dropCatalog(_ name: String, ifExists: Bool, statement: String) throws(SQLError) -> Bool {
        if name == current.catalog {
            throw SQLError(
                .invalidDefinition, "catalog \"\(name)\" is in use and cannot be dropped",
                hint: "change to another one first, with USE CATALOG")
        }
        return try permanent.dropCatalog(name, ifExists: ifExists, statement: statement)
    }

    @discardableResult
    public func createDatabase(
        _ entry: DatabaseEntry, ifNotExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        try permanent.createDatabase(entry, ifNotExists: ifNotExists, statement: statement)
    }

    public func alterDatabase(
        _ name: DatabaseName, statement: String, _ change: (inout DatabaseEntry) throws(SQLError) -> Void
    ) throws(SQLError) {
        try permanent.alterDatabase(name, statement: statement, change)
    }

    @discardableResult
    public func dropDatabase(
        _ name: DatabaseName, ifExists: Bool, cascade: Bool, statement: String
    ) throws(SQLError) -> Bool {
        if name == current {
            throw SQLError(
                .invalidDefinition, "database \"\(name)\" is in use and cannot be dropped",
                hint: "change to another one first, with USE")
        }
        return try permanent.dropDatabase(name, ifExists: ifExists, cascade: cascade, statement: statement)
    }

    // MARK: Objects

    @discardableResult
    public func create(
        _ object: CatalogObject, _ mode: CreateMode, statement: String
    ) throws(SQLError) -> Bool {
        if case .function(let function) = object, function.isSystem {
            return try createSystemFunction(function, mode)
        }
        guard object.isTemporary else {
            return try permanent.create(object, mode, statement: statement)
        }
        return try changeTemporary { storage throws(SQLError) in
            if let old = storage.object(object.kind.namespace, object.name) {
                if mode == .ifNotExists { return false }
                guard mode == .orReplace && old.kind == object.kind else {
                    throw SQLError(
                        .objectExists, "temporary \(old.kind.rawValue) \"\(object.name)\" exists already")
                }
            }
            storage.put(object)
            return true
        }
    }

    /// ALTER of permanent objects; Flink alters no temporary tables and views, but functions.
    @discardableResult
    public func alter(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool, statement: String,
        _ change: (CatalogObject) throws(SQLError) -> CatalogObject
    ) throws(SQLError) -> Bool {
        try refuseTemporary(kind, name, verb: "altered")
        return try permanent.alter(kind, name, ifExists: ifExists, statement: statement, change)
    }

    /// ALTER TEMPORARY FUNCTION.
    @discardableResult
    public func alterTemporaryFunction(
        _ name: QualifiedName, ifExists: Bool,
        _ change: (FunctionEntry) throws(SQLError) -> FunctionEntry
    ) throws(SQLError) -> Bool {
        try changeTemporary { storage throws(SQLError) in
            guard case .function(let old)? = storage.object(.function, name) else {
                if ifExists { return false }
                throw SQLError(.unknownFunction, "temporary function \"\(name)\" does not exist")
            }
            storage.put(.function(try change(old)))
            return true
        }
    }

    @discardableResult
    public func drop(
        _ kind: ObjectKind, _ name: QualifiedName, isTemporary: Bool, ifExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        if isTemporary { return try dropTemporary(kind, name, ifExists: ifExists) }
        if temporaryObject(kind.namespace, name)?.kind == kind {
            throw SQLError(
                .invalidDefinition,
                "temporary \(kind.rawValue) \"\(name)\" hides the permanent one",
                hint: "drop it first: DROP TEMPORARY \(kind.rawValue.uppercased()) \(name.sql)")
        }
        return try permanent.drop(kind, name, ifExists: ifExists, statement: statement)
    }

    @discardableResult
    public func rename(
        _ kind: ObjectKind, _ name: QualifiedName, to target: QualifiedName, ifExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        try refuseTemporary(kind, name, verb: "renamed")
        return try permanent.rename(kind, name, to: target, ifExists: ifExists, statement: statement)
    }

    @discardableResult
    public func dropSystemFunction(_ name: String, ifExists: Bool) throws(SQLError) -> Bool {
        let known = systemFunctions.map(\.name.object)
        return try changeSystemFunctions { functions throws(SQLError) in
            if functions.removeValue(forKey: name.lowercased()) != nil { return true }
            if ifExists { return false }
            let list = known.isEmpty ? nil : "temporary system functions: \(known.joined(separator: ", "))"
            throw SQLError(
                .unknownFunction, "temporary system function \"\(name)\" does not exist", hint: list)
        }
    }

    // MARK: Parts

    private func createSystemFunction(_ entry: FunctionEntry, _ mode: CreateMode) throws(SQLError) -> Bool {
        try changeSystemFunctions { functions throws(SQLError) in
            let key = entry.name.object.lowercased()
            if functions[key] != nil && mode != .orReplace {
                if mode == .ifNotExists { return false }
                throw SQLError(
                    .objectExists, "temporary system function \"\(entry.name.object)\" exists already")
            }
            functions[key] = entry
            return true
        }
    }

    private func dropTemporary(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool
    ) throws(SQLError) -> Bool {
        let known = temporaryObjects(kind.namespace, in: name.databaseName).filter { $0.kind == kind }
        return try changeTemporary { storage throws(SQLError) in
            guard storage.object(kind.namespace, name)?.kind == kind else {
                if ifExists { return false }
                var error = CatalogErrors.unknownObject(kind, name, among: known.map(\.name.object))
                error.message = "temporary " + error.message
                throw error
            }
            storage.remove(kind.namespace, name)
            return true
        }
    }

    private func refuseTemporary(_ kind: ObjectKind, _ name: QualifiedName, verb: String) throws(SQLError) {
        guard temporaryObject(kind.namespace, name)?.kind == kind else { return }
        throw SQLError(
            .invalidDefinition, "temporary \(kind.rawValue) \"\(name)\" cannot be \(verb)",
            hint: "drop it and create it anew")
    }
}
