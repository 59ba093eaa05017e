/// Anything that lives in a database.
public enum CatalogObject: Sendable, Equatable {
    case table(TableEntry)
    case view(ViewEntry)
    case function(FunctionEntry)
    case model(ModelEntry)

    public var kind: ObjectKind {
        switch self {
        case .table: return .table
        case .view: return .view
        case .function: return .function
        case .model: return .model
        }
    }

    public var name: QualifiedName {
        get {
            switch self {
            case .table(let entry): return entry.name
            case .view(let entry): return entry.name
            case .function(let entry): return entry.name
            case .model(let entry): return entry.name
            }
        }
        set { self = renamed(newValue) }
    }

    public var isTemporary: Bool {
        switch self {
        case .table(let entry): return entry.isTemporary
        case .view(let entry): return entry.isTemporary
        case .function(let entry): return entry.isTemporary
        case .model(let entry): return entry.isTemporary
        }
    }

    public var options: OptionMap {
        switch self {
        case .table(let entry): return entry.options
        case .view(let entry): return entry.options
        case .function(let entry): return entry.options
        case .model(let entry): return entry.options
        }
    }

    public var comment: String? {
        switch self {
        case .table(let entry): return entry.comment
        case .view(let entry): return entry.comment
        case .function: return nil
        case .model(let entry): return entry.comment
        }
    }

    /// The statement that made it, as written.
    public var definition: String {
        switch self {
        case .table(let entry): return entry.definition
        case .view(let entry): return entry.definition
        case .function(let entry): return entry.definition
        case .model(let entry): return entry.definition
        }
    }

    private func renamed(_ name: QualifiedName) -> CatalogObject {
        switch self {
        case .table(var entry):
            entry.name = name
            return .table(entry)
        case .view(var entry):
            entry.name = name
            return .view(entry)
        case .function(var entry):
            entry.name = name
            return .function(entry)
        case .model(var entry):
            entry.name = name
            return .model(entry)
        }
    }
}

public enum ObjectKind: String, Sendable, CaseIterable {
    case table, view, function, model

    /// Tables and views share their names, functions and models have names of their own.
    public var namespace: Namespace {
        switch self {
        case .table, .view: return .relation
        case .function: return .function
        case .model: return .model
        }
    }
}

/// A set of names in a database within which a name stands once.
public enum Namespace: String, Sendable, CaseIterable {
    case relation, function, model

    /// The form under which a name is looked up: only functions ignore case.
    public func key(_ name: QualifiedName) -> QualifiedName {
        guard self == .function else { return name }
        return QualifiedName(name.catalog, name.database, name.object.lowercased())
    }
}
