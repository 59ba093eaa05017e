extension SQLPrinter {
    mutating func type(_ type: TypeName) {
        kind(type.kind)
        if let isNullable = type.isNullable { write(isNullable ? " NULL" : " NOT NULL") }
    }

    private mutating func kind(_ kind: TypeName.Kind) {
        switch kind {
        case .boolean: write("BOOLEAN")
        case .tinyint: write("TINYINT")
        case .smallint: write("SMALLINT")
        case .int: write("INT")
        case .bigint: write("BIGINT")
        case .float: write("FLOAT")
        case .double: write("DOUBLE")
        case .string: write("STRING")
        case .bytes: write("BYTES")
        case .date: write("DATE")
        case .variant: write("VARIANT")
        case .bitmap: write("BITMAP")
        case .null: write("NULL")
        case .decimal(let precision, let scale): decimal(precision, scale)
        case .char(let length): sized("CHAR", length)
        case .varchar(let length): sized("VARCHAR", length)
        case .binary(let length): sized("BINARY", length)
        case .varbinary(let length): sized("VARBINARY", length)
        case .time(let precision): sized("TIME", precision)
        case .timestamp(let precision): sized("TIMESTAMP", precision)
        case .timestampLTZ(let precision): sized("TIMESTAMP_LTZ", precision)
        default: nested(kind)
        }
    }

    private mutating func sized(_ word: String, _ size: Int?) {
        write(word)
        if let size { write("(\(size))") }
    }

    private mutating func decimal(_ precision: Int?, _ scale: Int?) {
        write("DECIMAL")
        guard let precision else { return }
        write(scale.map { "(\(precision), \($0))" } ?? "(\(precision))")
    }

    private mutating func nested(_ kind: TypeName.Kind) {
        switch kind {
        case .interval(let qualifier):
            write("INTERVAL ")
            self.qualifier(qualifier)
        case .array(let element): angled("ARRAY") { printer in printer.type(element) }
        case .multiset(let element): angled("MULTISET") { printer in printer.type(element) }
        case .map(let key, let value):
            angled("MAP") { printer in
                printer.type(key)
                printer.write(", ")
                printer.type(value)
            }
        case .row(let fields): angled("ROW") { printer in printer.fields(fields) }
        case .structured(let className, let fields):
            angled("STRUCTURED") { printer in
                printer.string(className)
                if !fields.isEmpty { printer.write(", ") }
                printer.fields(fields)
            }
        case .raw(let className, let serializer):
            write("RAW(\(SQLPrinter.string(className)), \(SQLPrinter.string(serializer)))")
        case .named(let name):
            // In backticks, so that the name of a user's type is never taken for a mistyped built-in one.
            list(name.parts, separator: ".") { printer, part in
                printer.write(SQLPrinter.quotedIdentifier(part.name))
            }
        default: break
        }
    }

    private mutating func angled(_ word: String, _ body: (inout SQLPrinter) -> Void) {
        write(word + "<")
        body(&self)
        write(">")
    }

    private mutating func fields(_ fields: [RowField]) {
        list(fields) { printer, field in
            printer.name(field.name)
            printer.write(" ")
            printer.type(field.type)
            if let comment = field.comment {
                printer.write(" ")
                printer.string(comment)
            }
        }
    }
}
