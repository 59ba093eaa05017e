/// Namespaces and tables.
extension AdminClient {
    public func createNamespace(_ namespace: NamespaceDescriptor, _ completion: @escaping Completion<Void>) {
        run("CreateNamespace", AdminRequests.createNamespace(namespace, nonce), completion)
    }

    /// Only an empty namespace can be deleted.
    public func deleteNamespace(_ name: String, _ completion: @escaping Completion<Void>) {
        run("DeleteNamespace", AdminRequests.deleteNamespace(name, nonce), completion)
    }

    public func namespaces(_ completion: @escaping Completion<[NamespaceDescriptor]>) {
        ask("ListNamespaceDescriptors", [], AdminAnswers.namespaces, completion)
    }

    /// Creates a table with one region more than there are split keys: sorted, distinct, not empty.
    ///
    /// The keys are checked here, because a master accepts two equal ones and then never ends.
    public func createTable(
        _ schema: TableSchema, splitKeys: [[UInt8]] = [], _ completion: @escaping Completion<Void>
    ) {
        if let problem = AdminClient.problem(schema, splitKeys) {
            completion(.failure(HBaseError(.refused, problem)))
            return
        }
        run("CreateTable", AdminRequests.createTable(schema, splitKeys: splitKeys, nonce), completion)
    }

    private static func problem(_ schema: TableSchema, _ splitKeys: [[UInt8]]) -> String? {
        if schema.families.isEmpty { return "table \"\(schema.table)\" needs at least one column family" }
        if Set(schema.families.map(\.name)).count < schema.families.count {
            return "table \"\(schema.table)\" has a column family twice"
        }
        if splitKeys.contains([]) { return "a split key must not be empty" }
        for (key, next) in zip(splitKeys, splitKeys.dropFirst()) where !key.lexicographicallyPrecedes(next) {
            return key == next ? "a split key is given twice" : "the split keys are not sorted"
        }
        return nil
    }

    /// Replaces the whole schema of a table; its regions are opened anew.
    public func modifyTable(_ schema: TableSchema, _ completion: @escaping Completion<Void>) {
        run("ModifyTable", AdminRequests.modify(schema, nonce), completion)
    }

    /// Reads the schema of a table, lets `change` change it, and replaces it.
    public func alterTable(
        _ table: HBaseTable, _ change: @escaping @Sendable (inout TableSchema) -> Void,
        _ completion: @escaping Completion<Void>
    ) {
        describe(table) { [self] result in
            switch result {
            case .failure(let error): completion(.failure(error))
            case .success(var schema):
                change(&schema)
                modifyTable(schema, completion)
            }
        }
    }

    public func disableTable(_ table: HBaseTable, _ completion: @escaping Completion<Void>) {
        run("DisableTable", AdminRequests.table(table, nonce), completion)
    }

    public func enableTable(_ table: HBaseTable, _ completion: @escaping Completion<Void>) {
        run("EnableTable", AdminRequests.table(table, nonce), completion)
    }

    /// The table must be disabled.
    public func deleteTable(_ table: HBaseTable, _ completion: @escaping Completion<Void>) {
        run("DeleteTable", AdminRequests.table(table, nonce), completion)
    }

    /// Removes all rows. The table must be disabled, and is enabled afterwards.
    public func truncateTable(
        _ table: HBaseTable, keepsSplits: Bool = true, _ completion: @escaping Completion<Void>
    ) {
        run("truncateTable", AdminRequests.truncate(table, keepsSplits: keepsSplits, nonce), completion)
    }

    /// Tables of a namespace; nil: of all.
    public func tables(
        namespace: String? = nil, includesSystem: Bool = false,
        _ completion: @escaping Completion<[HBaseTable]>
    ) {
        let message = AdminRequests.tableNames(namespace: namespace, includesSystem: includesSystem)
        ask("GetTableNames", message, AdminAnswers.tableNames, completion)
    }

    /// The schema of a table; a table that does not exist is an error.
    public func describe(_ table: HBaseTable, _ completion: @escaping Completion<TableSchema>) {
        ask("GetTableDescriptors", AdminRequests.tableDescriptors(table), AdminAnswers.tableSchemas) {
            result in
            completion(
                result.flatMap { schemas in
                    if let schema = schemas.first { return .success(schema) }
                    return .failure(HBaseError(.tableNotFound, "table \"\(table)\" does not exist"))
                })
        }
    }

    /// The schemas of all user tables, of one namespace or all.
    public func describeTables(namespace: String? = nil, _ completion: @escaping Completion<[TableSchema]>) {
        let message = AdminRequests.tableDescriptors(nil, namespace: namespace)
        ask("GetTableDescriptors", message, AdminAnswers.tableSchemas, completion)
    }

    public func state(of table: HBaseTable, _ completion: @escaping Completion<TableStateKind>) {
        ask("GetTableState", AdminRequests.tableState(table), AdminAnswers.tableState, completion)
    }
}
