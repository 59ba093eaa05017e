import SluiceBase

/// CREATE and DROP.
extension Parser {
    mutating func parseCreate() throws(SQLError) -> Statement {
        let start = index
        advance()
        if isAt(.or), peek().keyword == .alter {
            advance()
            advance()
            try expect(.materialized)
            return try parseCreateMaterializedTable(isOrAlter: true)
        }
        let isReplace = accept(.or)
        if isReplace { try expect(.replace) }
        let isTemporary = accept(.temporary)
        let isSystem = isTemporary && accept(.system)
        if !isSystem {
            if accept(.table) {
                return try parseCreateTable(
                    start, isTemporary: isTemporary, isReplace: isReplace, isCreate: true)
            }
            if accept(.view) { return try parseCreateView(isTemporary: isTemporary, isReplace: isReplace) }
        }
        if isReplace { throw failure() }
        if !isSystem, accept(.model) { return try parseCreateModel(isTemporary: isTemporary) }
        if !isTemporary {
            if accept(.catalog) { return try parseCreateCatalog() }
            if accept(.database) { return try parseCreateDatabase() }
            if accept(.materialized) { return try parseCreateMaterializedTable(isOrAlter: false) }
        }
        try expect(.function)
        return try parseCreateFunction(isSystem ? .temporarySystem : (isTemporary ? .temporary : .catalog))
    }

    mutating func parseReplaceTable() throws(SQLError) -> Statement {
        let start = index
        advance()
        try expect(.table)
        return try parseCreateTable(start, isTemporary: false, isReplace: true, isCreate: false)
    }

    private mutating func parseCreateView(isTemporary: Bool, isReplace: Bool) throws(SQLError) -> Statement {
        let ifNotExists = try acceptIfNotExists()
        let name = try parseObjectName()
        var columns: [CreateView.ViewColumn] = []
        if isAt(.leftParen) {
            columns = try parenthesized { parser throws(SQLError) in
                let column = try parser.parseIdentifier()
                return CreateView.ViewColumn(name: column, comment: try parser.acceptComment())
            }
        }
        let comment = try acceptComment()
        try expect(.as)
        let start = index
        let query = try parseQuery()
        return .createView(
            CreateView(
                isTemporary: isTemporary, isReplace: isReplace, ifNotExists: ifNotExists, name: name,
                columns: columns,
                comment: comment, query: query, queryText: source(from: start)))
    }

    private mutating func parseCreateCatalog() throws(SQLError) -> Statement {
        let ifNotExists = try acceptIfNotExists()
        let name = try parseIdentifier()
        let comment = try acceptComment()
        let options = try acceptWithOptions()
        return .createCatalog(
            CreateCatalog(ifNotExists: ifNotExists, name: name, comment: comment, options: options))
    }

    private mutating func parseCreateDatabase() throws(SQLError) -> Statement {
        let ifNotExists = try acceptIfNotExists()
        let name = try parseObjectName()
        let comment = try acceptComment()
        let options = try acceptWithOptions()
        return .createDatabase(
            CreateDatabase(ifNotExists: ifNotExists, name: name, comment: comment, options: options))
    }

    private mutating func parseCreateFunction(_ scope: FunctionScope) throws(SQLError) -> Statement {
        let ifNotExists = try acceptIfNotExists()
        let name = try parseObjectName()
        try expect(.as)
        let body = try parseStringText()
        let language = accept(.language) ? try parseLanguage() : nil
        var resources: [CreateFunction.Resource] = []
        if accept(.using) {
            resources = try commaList { parser throws(SQLError) in try parser.parseResource() }
        }
        return .createFunction(
            CreateFunction(
                scope: scope, ifNotExists: ifNotExists, name: name, body: body, language: language,
                resources: resources, options: try acceptWithOptions()))
    }

    /// JAVA, SCALA, PYTHON, SQL or any other name.
    mutating func parseLanguage() throws(SQLError) -> Identifier {
        if isAt(.sql) || isAt(.scala) {
            let token = current
            advance()
            return Identifier(text(token), span: token.span)
        }
        return try parseIdentifier()
    }

    private mutating func parseResource() throws(SQLError) -> CreateFunction.Resource {
        let isJar = accept(.jar)
        if !isJar { try expect(.artifact) }
        return CreateFunction.Resource(kind: isJar ? .jar : .artifact, path: try parseStringText())
    }

    private mutating func parseCreateModel(isTemporary: Bool) throws(SQLError) -> Statement {
        var model = CreateModel(
            isTemporary: isTemporary, ifNotExists: try acceptIfNotExists(), name: try parseObjectName(),
            inputs: [],
            outputs: [], comment: nil, options: [], query: nil)
        if accept(.input) { model.inputs = try parseModelColumns() }
        if accept(.output) { model.outputs = try parseModelColumns() }
        model.comment = try acceptComment()
        model.options = try acceptWithOptions()
        if accept(.as) { model.query = try parseQuery() }
        return .createModel(model)
    }

    private mutating func parseModelColumns() throws(SQLError) -> [CreateModel.ModelColumn] {
        try parenthesized { parser throws(SQLError) in
            let name = try parser.parseIdentifier()
            let type = try parser.parseTypeName()
            return CreateModel.ModelColumn(name: name, type: type, comment: try parser.acceptComment())
        }
    }

    // MARK: DROP

    mutating func parseDrop() throws(SQLError) -> Statement {
        advance()
        let isTemporary = accept(.temporary)
        let isSystem = isTemporary && accept(.system)
        let kind = try parseDropKind(isTemporary, isSystem)
        let ifExists = try acceptIfExists()
        var drop = Drop(
            kind: kind, isTemporary: isTemporary, isSystem: isSystem, ifExists: ifExists,
            name: try parseObjectName(), isCascade: false)
        if kind == .database {
            drop.isCascade = accept(.cascade)
            if !drop.isCascade { _ = accept(.restrict) }
        }
        return .drop(drop)
    }

    private mutating func parseDropKind(_ isTemporary: Bool, _ isSystem: Bool) throws(SQLError) -> Drop.Kind {
        if accept(.function) { return .function }
        if isSystem { throw failure() }
        if accept(.table) { return .table }
        if accept(.view) { return .view }
        if accept(.model) { return .model }
        if isTemporary { throw failure() }
        if accept(.catalog) { return .catalog }
        if accept(.database) { return .database }
        try expect(.materialized)
        try expect(.table)
        return .materializedTable
    }
}
