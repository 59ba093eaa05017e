public struct AlterTable: Sendable, Equatable {
    public var ifExists: Bool
    public var table: ObjectName
    public var action: Action

    public indirect enum Action: Sendable, Equatable {
        case rename(to: ObjectName)
        case renameColumn(ObjectName, to: Identifier)
        case setOptions([TableOption])
        case resetOptions([String])
        case add([PositionedElement])
        case modify([PositionedElement])
        case dropColumns([ObjectName])
        case dropPrimaryKey
        case dropConstraint(Identifier)
        case dropWatermark
        case addDistribution(Distribution)
        case modifyDistribution(Distribution)
        case dropDistribution
        case addPartitions(ifNotExists: Bool, [PartitionDefinition])
        case dropPartitions(ifExists: Bool, [[PartitionItem]])
    }

    /// A column with `FIRST` or `AFTER x`; constraints and watermarks have no position.
    public struct PositionedElement: Sendable, Equatable {
        public var element: TableElement
        public var position: Position?
    }

    public enum Position: Sendable, Equatable {
        case first
        case after(ObjectName)
    }

    public struct PartitionDefinition: Sendable, Equatable {
        public var items: [PartitionItem]
        public var options: [TableOption]
    }
}

public struct AlterView: Sendable, Equatable {
    public var ifExists: Bool
    public var view: ObjectName
    public var action: Action

    public enum Action: Sendable, Equatable {
        case rename(to: ObjectName)
        /// With the text as written.
        case redefine(Query, text: NotCompared<String>)
    }
}

public struct AlterCatalog: Sendable, Equatable {
    public var catalog: Identifier
    public var action: Action

    public enum Action: Sendable, Equatable {
        case setOptions([TableOption])
        case resetOptions([String])
        case comment(String)
    }
}

public struct AlterDatabase: Sendable, Equatable {
    public var database: ObjectName
    public var options: [TableOption]
}

public struct AlterFunction: Sendable, Equatable {
    public var scope: FunctionScope
    public var ifExists: Bool
    public var function: ObjectName
    public var body: String
    public var language: Identifier?
}

public struct AlterModel: Sendable, Equatable {
    public var ifExists: Bool
    public var model: ObjectName
    public var action: Action

    public enum Action: Sendable, Equatable {
        case rename(to: ObjectName)
        case setOptions([TableOption])
        case resetOptions([String])
    }
}

public struct AlterMaterializedTable: Sendable, Equatable {
    public var table: ObjectName
    public var action: Action

    public indirect enum Action: Sendable, Equatable {
        case suspend
        case resume([TableOption])
        case refresh([PartitionItem])
        case setFreshness(Expr)
        case resetFreshness
        case setRefreshMode(RefreshMode)
        case resetRefreshMode
        case setOptions([TableOption])
        case resetOptions([String])
        case redefine(Query, startMode: StartMode?, text: NotCompared<String>)
        /// The actions on columns, watermark, key and distribution that tables have too, and RENAME.
        case table(AlterTable.Action)
    }
}

/// `DROP [TEMPORARY] kind [IF EXISTS] name [RESTRICT | CASCADE]`.
public struct Drop: Sendable, Equatable {
    public var kind: Kind
    public var isTemporary: Bool
    /// `DROP TEMPORARY SYSTEM FUNCTION`.
    public var isSystem: Bool
    public var ifExists: Bool
    public var name: ObjectName
    /// `CASCADE`, only for databases.
    public var isCascade: Bool

    public enum Kind: String, Sendable, Equatable, CaseIterable {
        case catalog = "CATALOG"
        case database = "DATABASE"
        case table = "TABLE"
        case view = "VIEW"
        case function = "FUNCTION"
        case model = "MODEL"
        case materializedTable = "MATERIALIZED TABLE"
    }
}
