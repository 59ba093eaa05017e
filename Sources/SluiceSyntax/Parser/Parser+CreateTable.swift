import SluiceBase

extension Parser {
    /// Behind CREATE [OR REPLACE] [TEMPORARY] TABLE or REPLACE TABLE.
    mutating func parseCreateTable(
        _ start: Int, isTemporary: Bool, isReplace: Bool, isCreate: Bool
    ) throws(SQLError) -> Statement {
        let ifNotExists = try acceptIfNotExists()
        var table = CreateTable(
            isTemporary: isTemporary, isReplace: isReplace, isCreate: isCreate, ifNotExists: ifNotExists,
            name: try parseObjectName(), elements: [], columnNames: [], comment: nil, distribution: nil,
            partitionedBy: [], options: [], like: nil, query: nil, span: span(from: start))
        if isAt(.leftParen) { try parseElements(&table.elements, &table.columnNames) }
        table.comment = try acceptComment()
        table.distribution = try acceptDistribution()
        table.partitionedBy = try acceptPartitionedBy()
        table.options = try acceptWithOptions()
        if accept(.as) {
            table.query = try parseQuery()
        } else if isReplace {
            throw failure()
        } else if accept(.like) {
            table.like = try parseTableLike()
        }
        if !table.columnNames.isEmpty, table.query == nil {
            note(.keyword(.as))
            throw failure()
        }
        table.span = span(from: start)
        return .createTable(table)
    }

    mutating func acceptPartitionedBy() throws(SQLError) -> [Identifier] {
        guard accept(.partitioned) else { return [] }
        try expect(.by)
        return try parseColumnNames()
    }

    mutating func acceptDistribution() throws(SQLError) -> Distribution? {
        guard accept(.distributed) else { return nil }
        return try parseDistributionRest()
    }

    /// `BY [HASH | RANGE] (…) [INTO n BUCKETS]` or `INTO n BUCKETS`.
    mutating func parseDistributionRest() throws(SQLError) -> Distribution {
        var distribution = Distribution(kind: nil, columns: [], buckets: nil)
        if accept(.into) {
            distribution.buckets = try parseBuckets()
            return distribution
        }
        try expect(.by)
        if accept(.hash) { distribution.kind = .hash } else if accept(.range) { distribution.kind = .range }
        distribution.columns = try parseColumnNames()
        if accept(.into) { distribution.buckets = try parseBuckets() }
        return distribution
    }

    private mutating func parseBuckets() throws(SQLError) -> Int {
        let count = Int(try parseInteger(limit: Int64(Int32.max)))
        try expect(.buckets)
        return count
    }

    private mutating func parseTableLike() throws(SQLError) -> TableLike {
        var like = TableLike(source: try parseObjectName(), options: [])
        guard accept(.leftParen) else { return like }
        while !accept(.rightParen) {
            like.options.append(try parseLikeOption())
        }
        return like
    }

    private mutating func parseLikeOption() throws(SQLError) -> TableLike.Option {
        let strategy: TableLike.Strategy
        if accept(.including) {
            strategy = .including
        } else if accept(.excluding) {
            strategy = .excluding
        } else {
            try expect(.overwriting)
            strategy = .overwriting
        }
        return TableLike.Option(strategy: strategy, feature: try parseLikeFeature(strategy))
    }

    private mutating func parseLikeFeature(_ strategy: TableLike.Strategy) throws(SQLError)
        -> TableLike.Feature
    {
        if strategy != .overwriting {
            if accept(.all) { return .all }
            if accept(.constraints) { return .constraints }
            if accept(.distribution) { return .distribution }
            if accept(.partitions) { return .partitions }
        }
        if accept(.generated) { return .generated }
        if accept(.metadata) { return .metadata }
        if accept(.options) { return .options }
        try expect(.watermarks)
        return .watermarks
    }

    // MARK: Elements

    /// The bracketed list: columns with types, constraints and a watermark, or names alone (with AS query).
    mutating func parseElements(
        _ elements: inout [TableElement], _ names: inout [Identifier]
    ) throws(SQLError) {
        try expect(.leftParen)
        if isName(current), peek().kind == .comma || peek().kind == .rightParen {
            names = try commaList { parser throws(SQLError) in try parser.parseIdentifier() }
        } else {
            elements = try commaList { parser throws(SQLError) in try parser.parseTableElement() }
        }
        try expect(.rightParen)
    }

    mutating func parseTableElement() throws(SQLError) -> TableElement {
        let start = index
        if isAt(.watermark) { return .watermark(try parseWatermark()) }
        if isAt(.primary) || isAt(.unique) || isAt(.constraint) {
            return .constraint(try parseTableConstraint())
        }
        note(.keyword(.watermark))
        note(.keyword(.primary))
        let name = try parseIdentifier()
        if accept(.as) {
            let kind = ColumnDefinition.Kind.computed(try parseExpression())
            let comment = try acceptComment()
            return .column(
                ColumnDefinition(name: name, kind: kind, comment: comment, span: span(from: start)))
        }
        let type = try parseTypeName()
        let kind: ColumnDefinition.Kind
        if accept(.metadata) {
            let key = accept(.from) ? try parseStringText() : nil
            kind = .metadata(type, key: key, isVirtual: accept(.virtual))
        } else {
            kind = .physical(type, constraint: try acceptColumnConstraint())
        }
        let comment = try acceptComment()
        return .column(ColumnDefinition(name: name, kind: kind, comment: comment, span: span(from: start)))
    }

    private mutating func parseWatermark() throws(SQLError) -> WatermarkDefinition {
        let start = index
        try expectWords([.watermark, .for])
        let column = try parseObjectName()
        try expect(.as)
        let expr = try parseExpression()
        return WatermarkDefinition(column: column, expr: expr, span: span(from: start))
    }

    private mutating func acceptColumnConstraint() throws(SQLError) -> ColumnConstraint? {
        let start = index
        let name = accept(.constraint) ? try parseIdentifier() : nil
        let isPrimaryKey = accept(.primary)
        if isPrimaryKey {
            try expect(.key)
        } else if !accept(.unique) {
            if name != nil { throw failure() }
            return nil
        }
        let isEnforced = try acceptEnforcement()
        return ColumnConstraint(
            name: name, isPrimaryKey: isPrimaryKey, isEnforced: isEnforced, span: span(from: start))
    }

    mutating func parseTableConstraint() throws(SQLError) -> TableConstraint {
        let start = index
        let name = accept(.constraint) ? try parseIdentifier() : nil
        let isPrimaryKey = accept(.primary)
        if isPrimaryKey { try expect(.key) } else { try expect(.unique) }
        let columns = try parseColumnNames()
        let isEnforced = try acceptEnforcement()
        return TableConstraint(
            name: name, isPrimaryKey: isPrimaryKey, columns: columns, isEnforced: isEnforced,
            span: span(from: start))
    }

    private mutating func acceptEnforcement() throws(SQLError) -> Bool? {
        if accept(.enforced) { return true }
        guard accept(.not) else { return nil }
        try expect(.enforced)
        return false
    }
}
