import SluiceBase

extension Parser {
    /// A data type. In CAST the whole type takes no NULL or NOT NULL; parts of it do.
    mutating func parseTypeName(allowsNullability: Bool = true) throws(SQLError) -> TypeName {
        try enter()
        let start = index
        var type = TypeName(try parseTypeKind(), span: span(from: start))
        var length = 0
        while true {
            length += 1
            try checkChain(length)
            let isNullable = nullabilityBeforeCollection()
            let offset = isNullable == nil ? 0 : (isNullable == true ? 1 : 2)
            let word = peek(offset).keyword
            guard word == .array || word == .multiset else { break }
            for _ in 0...offset { advance() }
            type.isNullable = isNullable
            type = TypeName(word == .array ? .array(type) : .multiset(type), span: span(from: start))
        }
        if allowsNullability { type.isNullable = try acceptNullability() }
        type.span = span(from: start)
        leave()
        return type
    }

    /// NULL or NOT NULL in front of the words ARRAY and MULTISET, without reading it.
    private func nullabilityBeforeCollection() -> Bool? {
        if isAt(.null) { return true }
        if isAt(.not), peek().keyword == .null { return false }
        return nil
    }

    private mutating func acceptNullability() throws(SQLError) -> Bool? {
        if accept(.null) { return true }
        guard isAt(.not), peek().keyword == .null else {
            note(.keyword(.not))
            return nil
        }
        advance()
        advance()
        return false
    }

    private mutating func parseTypeKind() throws(SQLError) -> TypeName.Kind {
        let token = current
        guard token.kind == .word, let keyword = token.keyword else {
            if token.kind == .quotedIdentifier { return .named(try parseObjectName()) }
            return try parseNamedType()
        }
        if let kind = Parser.plainTypes[keyword] {
            advance()
            if keyword == .double { _ = accept(.precision) }
            return kind
        }
        if let kind = try acceptSizedType(keyword) { return kind }
        if let kind = try acceptNestedType(keyword) { return kind }
        return try parseNamedType()
    }

    private static let plainTypes: [Keyword: TypeName.Kind] = [
        .boolean: .boolean, .tinyint: .tinyint, .smallint: .smallint, .int: .int, .integer: .int,
        .bigint: .bigint,
        .float: .float, .double: .double, .real: .float, .string: .string, .bytes: .bytes, .date: .date,
        .variant: .variant, .bitmap: .bitmap, .null: .null,
    ]

    /// A name that is no built-in type: of a user-defined type, or a mistyped one.
    private mutating func parseNamedType() throws(SQLError) -> TypeName.Kind {
        note(.dataType)
        guard isName(current) else { throw failure() }
        if peek().kind != .point,
            let near = DidYouMean.nearest(text(current).uppercased(), in: Parser.typeWords)
        {
            throw SQLError(
                .syntax, "unexpected \(describe(current)), expected a data type", span: place(of: current),
                label: "did you mean \(near)?")
        }
        return .named(try parseObjectName())
    }

    /// Types with lengths or precisions.
    private mutating func acceptSizedType(_ keyword: Keyword) throws(SQLError) -> TypeName.Kind? {
        switch keyword {
        case .decimal, .dec, .numeric:
            advance()
            return try parseDecimal()
        case .char, .character:
            advance()
            return accept(.varying) ? .varchar(try acceptLength()) : .char(try acceptLength())
        case .varchar: advance(); return .varchar(try acceptLength())
        case .binary:
            advance()
            return accept(.varying) ? .varbinary(try acceptLength()) : .binary(try acceptLength())
        case .varbinary: advance(); return .varbinary(try acceptLength())
        case .timestamp_ltz: advance(); return .timestampLTZ(try acceptLength())
        case .time:
            advance()
            let precision = try acceptLength()
            if peek().keyword == .time, accept(.without) { try expectWords([.time, .zone]) }
            return .time(precision)
        case .timestamp:
            advance()
            return try parseTimestamp()
        case .interval:
            advance()
            return .interval(try parseIntervalQualifier())
        default: return nil
        }
    }

    private mutating func parseDecimal() throws(SQLError) -> TypeName.Kind {
        guard accept(.leftParen) else { return .decimal(precision: nil, scale: nil) }
        let precision = Int(try parseInteger(limit: Int64(Int32.max)))
        let scale = accept(.comma) ? Int(try parseInteger(limit: Int64(Int32.max))) : nil
        try expect(.rightParen)
        return .decimal(precision: precision, scale: scale)
    }

    private mutating func parseTimestamp() throws(SQLError) -> TypeName.Kind {
        let precision = try acceptLength()
        // WITH and WITHOUT may also belong to a clause behind the type.
        let next = peek().keyword
        if next == .time, accept(.without) {
            try expectWords([.time, .zone])
        } else if next == .local || next == .time, accept(.with) {
            try expectWords([.local, .time, .zone])
            return .timestampLTZ(precision)
        }
        return .timestamp(precision)
    }

    private mutating func acceptNestedType(_ keyword: Keyword) throws(SQLError) -> TypeName.Kind? {
        switch keyword {
        case .array where peek().kind == .less: return .array(try parseElementType())
        case .multiset where peek().kind == .less: return .multiset(try parseElementType())
        case .map where peek().kind == .less:
            advance()
            try expect(.less)
            let key = try parseTypeName()
            try expect(.comma)
            let value = try parseTypeName()
            try expect(.greater)
            return .map(key, value)
        case .row:
            advance()
            return .row(try parseRowFields())
        case .structured: return try parseStructured()
        case .raw: return try parseRaw()
        default: return nil
        }
    }

    private mutating func parseElementType() throws(SQLError) -> TypeName {
        advance()
        try expect(.less)
        let element = try parseTypeName()
        try expect(.greater)
        return element
    }

    /// `<a INT 'comment', …>` or `(a INT, …)`; `<>` has no fields.
    private mutating func parseRowFields() throws(SQLError) -> [RowField] {
        if isAt(.notEqual) {
            advance()
            return []
        }
        let isAngled = accept(.less)
        if !isAngled { try expect(.leftParen) }
        let fields = try commaList { parser throws(SQLError) in try parser.parseRowField() }
        try expect(isAngled ? .greater : .rightParen)
        return fields
    }

    private mutating func parseRowField() throws(SQLError) -> RowField {
        let name = try parseIdentifier()
        let type = try parseTypeName()
        return RowField(name: name, type: type, comment: try acceptStringText())
    }

    private mutating func parseStructured() throws(SQLError) -> TypeName.Kind {
        advance()
        try expect(.less)
        let className = try parseStringText()
        var fields: [RowField] = []
        if accept(.comma) {
            fields = try commaList { parser throws(SQLError) in try parser.parseRowField() }
        }
        try expect(.greater)
        return .structured(className: className, fields: fields)
    }

    private mutating func parseRaw() throws(SQLError) -> TypeName.Kind {
        advance()
        try expect(.leftParen)
        let className = try parseStringText()
        try expect(.comma)
        let serializer = try parseStringText()
        try expect(.rightParen)
        return .raw(className: className, serializer: serializer)
    }
}
