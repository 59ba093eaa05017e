import SluiceBase

extension Parser {
    mutating func parseAlter() throws(SQLError) -> Statement {
        advance()
        if accept(.table) {
            let ifExists = try acceptIfExists()
            let name = try parseObjectName()
            return .alterTable(AlterTable(ifExists: ifExists, table: name, action: try parseTableAction()))
        }
        if accept(.view) { return try parseAlterView() }
        if accept(.materialized) { return try parseAlterMaterializedTable() }
        if accept(.catalog) { return try parseAlterCatalog() }
        if accept(.database) {
            let name = try parseObjectName()
            try expect(.set)
            return .alterDatabase(AlterDatabase(database: name, options: try parseOptions()))
        }
        if accept(.model) { return try parseAlterModel() }
        let isTemporary = accept(.temporary)
        let isSystem = isTemporary && accept(.system)
        try expect(.function)
        return try parseAlterFunction(isSystem ? .temporarySystem : (isTemporary ? .temporary : .catalog))
    }

    private mutating func parseAlterView() throws(SQLError) -> Statement {
        let ifExists = try acceptIfExists()
        let name = try parseObjectName()
        if accept(.rename) {
            try expect(.to)
            return .alterView(
                AlterView(ifExists: ifExists, view: name, action: .rename(to: try parseObjectName())))
        }
        try expect(.as)
        let start = index
        let query = try parseQuery()
        let text = NotCompared(wrappedValue: source(from: start))
        return .alterView(AlterView(ifExists: ifExists, view: name, action: .redefine(query, text: text)))
    }

    private mutating func parseAlterCatalog() throws(SQLError) -> Statement {
        let name = try parseIdentifier()
        let action: AlterCatalog.Action
        if accept(.set) {
            action = .setOptions(try parseOptions())
        } else if accept(.reset) {
            action = .resetOptions(try parseOptionKeys())
        } else {
            try expect(.comment)
            action = .comment(try parseStringText())
        }
        return .alterCatalog(AlterCatalog(catalog: name, action: action))
    }

    private mutating func parseAlterModel() throws(SQLError) -> Statement {
        let ifExists = try acceptIfExists()
        let name = try parseObjectName()
        let action: AlterModel.Action
        if accept(.rename) {
            try expect(.to)
            action = .rename(to: try parseObjectName())
        } else if accept(.reset) {
            action = .resetOptions(try parseOptionKeys())
        } else {
            try expect(.set)
            action = .setOptions(try parseOptions())
        }
        return .alterModel(AlterModel(ifExists: ifExists, model: name, action: action))
    }

    private mutating func parseAlterFunction(_ scope: FunctionScope) throws(SQLError) -> Statement {
        let ifExists = try acceptIfExists()
        let name = try parseObjectName()
        try expect(.as)
        let body = try parseStringText()
        let language = accept(.language) ? try parseLanguage() : nil
        return .alterFunction(
            AlterFunction(scope: scope, ifExists: ifExists, function: name, body: body, language: language))
    }

    // MARK: ALTER TABLE

    mutating func parseTableAction() throws(SQLError) -> AlterTable.Action {
        if accept(.rename) { return try parseRename() }
        if accept(.set) { return .setOptions(try parseOptions()) }
        if accept(.reset) { return .resetOptions(try parseOptionKeys()) }
        if accept(.add) {
            if accept(.distribution) { return .addDistribution(try parseDistributionRest()) }
            if isAt(.partition) || (isAt(.if) && peek().keyword == .not) { return try parseAddPartitions() }
            return .add(try parsePositionedElements())
        }
        if accept(.modify) {
            if accept(.distribution) { return .modifyDistribution(try parseDistributionRest()) }
            return .modify(try parsePositionedElements())
        }
        try expect(.drop)
        return try parseDropAction()
    }

    private mutating func parseRename() throws(SQLError) -> AlterTable.Action {
        if accept(.to) { return .rename(to: try parseObjectName()) }
        let column = try parseObjectName()
        try expect(.to)
        return .renameColumn(column, to: try parseIdentifier())
    }

    private mutating func parsePositionedElements() throws(SQLError) -> [AlterTable.PositionedElement] {
        if isAt(.leftParen) {
            return try parenthesized { parser throws(SQLError) in try parser.parsePositionedElement() }
        }
        return [try parsePositionedElement()]
    }

    private mutating func parsePositionedElement() throws(SQLError) -> AlterTable.PositionedElement {
        let element = try parseTableElement()
        guard case .column = element else {
            return AlterTable.PositionedElement(element: element, position: nil)
        }
        var position: AlterTable.Position?
        if accept(.first) {
            position = .first
        } else if accept(.after) {
            position = .after(try parseObjectName())
        }
        return AlterTable.PositionedElement(element: element, position: position)
    }

    private mutating func parseDropAction() throws(SQLError) -> AlterTable.Action {
        if accept(.primary) {
            try expect(.key)
            return .dropPrimaryKey
        }
        if accept(.constraint) { return .dropConstraint(try parseIdentifier()) }
        if accept(.watermark) { return .dropWatermark }
        if accept(.distribution) { return .dropDistribution }
        if isAt(.partition) || (isAt(.if) && peek().keyword == .exists) {
            let ifExists = try acceptIfExists()
            let partitions = try commaList { parser throws(SQLError) in
                try parser.expect(.partition)
                return try parser.parsePartitionItems()
            }
            return .dropPartitions(ifExists: ifExists, partitions)
        }
        if isAt(.leftParen) {
            return .dropColumns(try parenthesized { parser throws(SQLError) in try parser.parseObjectName() })
        }
        return .dropColumns([try parseObjectName()])
    }

    private mutating func parseAddPartitions() throws(SQLError) -> AlterTable.Action {
        let ifNotExists = try acceptIfNotExists()
        var partitions: [AlterTable.PartitionDefinition] = []
        repeat {
            try expect(.partition)
            let items = try parsePartitionItems()
            partitions.append(AlterTable.PartitionDefinition(items: items, options: try acceptWithOptions()))
        } while isAt(.partition)
        return .addPartitions(ifNotExists: ifNotExists, partitions)
    }
}
