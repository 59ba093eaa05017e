import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluicePlanner
import SluiceSyntax

/// CREATE TABLE as a catalog entry: types bound, expressions kept as text, LIKE merged in.
struct TableDefinitionBuilder {
    let session: Session

    func build(_ create: CreateTable, definition: String) throws(SQLError) -> TableEntry {
        let name = try session.catalog.qualify(create.name.names)
        var entry = TableEntry(
            name: name, columns: [], isTemporary: create.isTemporary, definition: definition)
        for element in create.elements { try add(element, to: &entry) }
        if !create.partitionedBy.isEmpty { entry.partitionKeys = create.partitionedBy.map(\.name) }
        if let distribution = create.distribution { entry.distribution = text(of: distribution) }
        if let comment = create.comment { entry.comment = comment }
        for option in create.options { entry.options[option.key] = option.value }
        if let like = create.like { entry = try TableLikeMerge(like).merged(entry, from: try base(of: like)) }
        try check(entry, create)
        let key = entry.primaryKey?.columns ?? []
        for index in entry.columns.indices where key.contains(entry.columns[index].name) {
            entry.columns[index].type.isNullable = false
        }
        return try withComputedTypes(entry, create)
    }

    private func check(_ entry: TableEntry, _ create: CreateTable) throws(SQLError) {
        var seen: Set<String> = []
        for column in entry.columns where !seen.insert(column.name).inserted {
            throw SQLError(
                .duplicateName, "column \"\(column.name)\" stands twice in the table",
                span: self.span(of: column.name, in: create))
        }
        for name in entry.primaryKey?.columns ?? [] {
            guard let column = entry.column(name) else {
                throw SQLError(
                    .unknownColumn, "key column \"\(name)\" does not exist", span: span(of: name, in: create),
                    label: DidYouMean.label(name, in: entry.columns.map(\.name)))
            }
            guard column.isPhysical else {
                throw SQLError(
                    .invalidDefinition, "key column \"\(name)\" must be a physical column",
                    span: span(of: name, in: create))
            }
        }
        if let name = entry.watermark?.column.first, entry.column(name) == nil {
            throw SQLError(
                .unknownColumn, "watermark column \"\(name)\" does not exist",
                span: span(of: name, in: create),
                label: DidYouMean.label(name, in: entry.columns.map(\.name)))
        }
        for name in entry.partitionKeys where entry.column(name) == nil {
            throw SQLError(.unknownColumn, "partition column \"\(name)\" does not exist", span: create.span)
        }
    }

    private func span(of name: String, in create: CreateTable) -> SourceSpan {
        for element in create.elements.reversed() {
            switch element {
            case .column(let column) where column.name.name == name: return column.name.span
            case .constraint(let constraint):
                if let found = constraint.columns.first(where: { $0.name == name }) { return found.span }
            case .watermark(let watermark) where watermark.column.parts.first?.name == name:
                return watermark.column.span
            default: break
            }
        }
        return create.span
    }

    /// Binds computed columns and the watermark once, so that mistakes show at CREATE.
    private func withComputedTypes(_ entry: TableEntry, _ create: CreateTable) throws(SQLError) -> TableEntry
    {
        var copy = entry
        let fields: [PlanField]
        do {
            fields = try session.planner().fields(of: entry)
        } catch {
            throw place(error, create)
        }
        for (index, field) in fields.enumerated() where index < copy.columns.count {
            if case .computed = copy.columns[index].kind { copy.columns[index].type = field.type }
        }
        try checkWatermark(copy, fields, create)
        return copy
    }

    private func place(_ error: SQLError, _ create: CreateTable) -> SQLError {
        var copy = error
        copy.span = create.span
        return copy
    }

    private func checkWatermark(
        _ entry: TableEntry, _ fields: [PlanField], _ create: CreateTable
    ) throws(SQLError) {
        guard let watermark = entry.watermark, watermark.column.count == 1,
            let field = fields.first(where: { $0.name == watermark.column[0] })
        else { return }
        switch field.type.kind {
        case .timestamp(let precision), .timestampLTZ(let precision):
            if precision <= 3 { return }
            throw SQLError(
                .invalidDefinition,
                "time attribute \"\(field.name)\" is \(field.type.kind), a watermark needs precision 3 or less",
                span: create.span, hint: "declare it TIMESTAMP(3) or TIMESTAMP_LTZ(3)")
        default:
            throw SQLError(
                .invalidDefinition, "time attribute \"\(field.name)\" is \(field.type.kind), not a timestamp",
                span: create.span, hint: "declare it TIMESTAMP(3) or TIMESTAMP_LTZ(3)")
        }
    }

    // MARK: Elements

    func add(_ element: TableElement, to entry: inout TableEntry) throws(SQLError) {
        switch element {
        case .column(let column): try add(column, to: &entry)
        case .watermark(let watermark):
            guard entry.watermark == nil else {
                throw SQLError(.invalidDefinition, "a table has at most one watermark", span: watermark.span)
            }
            entry.watermark = self.watermark(watermark)
        case .constraint(let constraint): try add(constraint, to: &entry)
        }
    }

    func watermark(_ watermark: WatermarkDefinition) -> WatermarkEntry {
        WatermarkEntry(column: watermark.column.names, expression: SQLPrinter.text(watermark.expr))
    }

    func column(_ column: ColumnDefinition) throws(SQLError) -> ColumnEntry {
        switch column.kind {
        case .physical(let type, _):
            return ColumnEntry(column.name.name, try TypeBinder.bind(type), comment: column.comment)
        case .computed(let expr):
            return ColumnEntry(
                column.name.name, .null, kind: .computed(SQLPrinter.text(expr)), comment: column.comment)
        case .metadata(let type, let key, let isVirtual):
            return ColumnEntry(
                column.name.name, try TypeBinder.bind(type), kind: .metadata(key: key, isVirtual: isVirtual),
                comment: column.comment)
        }
    }

    private func add(_ column: ColumnDefinition, to entry: inout TableEntry) throws(SQLError) {
        entry.columns.append(try self.column(column))
        if case .physical(_, let constraint?) = column.kind {
            try add(
                TableConstraint(
                    name: constraint.name, isPrimaryKey: constraint.isPrimaryKey, columns: [column.name],
                    isEnforced: constraint.isEnforced, span: constraint.span), to: &entry)
        }
    }

    private func add(_ constraint: TableConstraint, to entry: inout TableEntry) throws(SQLError) {
        guard constraint.isPrimaryKey else {
            throw SQLError(.unsupported, "UNIQUE is not supported", span: constraint.span)
        }
        guard constraint.isEnforced == false else {
            throw SQLError(
                .invalidDefinition, "a primary key must be NOT ENFORCED: no engine checks streams for it",
                span: constraint.span, hint: "write PRIMARY KEY (…) NOT ENFORCED")
        }
        let keyNames = constraint.columns.map(\.name)
        for (index, column) in constraint.columns.enumerated() where keyNames[..<index].contains(column.name)
        {
            throw SQLError(
                .duplicateName, "column \"\(column.name)\" stands twice in the primary key", span: column.span
            )
        }
        guard entry.primaryKey == nil else {
            throw SQLError(.invalidDefinition, "a table has at most one primary key", span: constraint.span)
        }
        entry.primaryKey = PrimaryKeyEntry(
            name: constraint.name?.name, columns: constraint.columns.map(\.name))
    }

    func text(of distribution: Distribution) -> String {
        var text = ""
        if !distribution.columns.isEmpty {
            let names = distribution.columns.map { quoteIdentifier($0.name) }.joined(separator: ", ")
            text = "BY " + (distribution.kind.map { $0.rawValue } ?? "") + "(\(names))"
        }
        if let buckets = distribution.buckets {
            text += (text.isEmpty ? "" : " ") + "INTO \(buckets) BUCKETS"
        }
        return text
    }

    // MARK: LIKE

    private func base(of like: TableLike) throws(SQLError) -> TableEntry {
        let object: CatalogObject
        do {
            object = try session.catalog.requireRelation(like.source.names)
        } catch {
            throw error.at(like.source.span)
        }
        guard case .table(let base) = object else {
            throw SQLError(.unsupported, "LIKE needs a table, and this is a view", span: like.source.span)
        }
        return base
    }
}
