/// Writes a syntax tree as canonical SQL text: keywords in upper case, backticks only where names need them,
/// brackets only where the meaning needs them. Parsing the text gives an equal tree.
public struct SQLPrinter {
    var output = ""

    init() {}

    public static func text(_ statement: Statement) -> String {
        var printer = SQLPrinter()
        printer.statement(statement)
        return printer.output
    }

    public static func text(_ query: Query) -> String {
        var printer = SQLPrinter()
        printer.query(query)
        return printer.output
    }

    public static func text(_ expr: Expr) -> String {
        var printer = SQLPrinter()
        printer.expr(expr, above: 0)
        return printer.output
    }

    public static func text(_ type: TypeName) -> String {
        var printer = SQLPrinter()
        printer.type(type)
        return printer.output
    }

    /// A name, in backticks if it is a keyword or has other characters than letters, digits and underscores.
    public static func identifier(_ name: String) -> String {
        needsBackticks(name) ? quotedIdentifier(name) : name
    }

    public static func quotedIdentifier(_ name: String) -> String {
        "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }

    /// A string literal.
    public static func string(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    private static func needsBackticks(_ name: String) -> Bool {
        guard let first = name.utf8.first, first < 0x30 || first > 0x39 else { return true }
        for byte in name.utf8 {
            switch byte {
            case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x5f: continue
            default: return true
            }
        }
        return Keyword(name) != nil
    }

    // MARK: Pieces

    mutating func write(_ text: String) { output += text }

    mutating func name(_ identifier: Identifier) { output += SQLPrinter.identifier(identifier.name) }

    mutating func name(_ object: ObjectName) { names(object.parts, separator: ".") }

    mutating func names(_ identifiers: [Identifier], separator: String) {
        list(identifiers, separator: separator) { printer, identifier in printer.name(identifier) }
    }

    /// `(a, b)`.
    mutating func columnNames(_ identifiers: [Identifier]) {
        write("(")
        names(identifiers, separator: ", ")
        write(")")
    }

    mutating func string(_ text: String) { output += SQLPrinter.string(text) }

    mutating func list<Item>(
        _ items: [Item], separator: String = ", ", _ item: (inout SQLPrinter, Item) -> Void
    ) {
        for (index, element) in items.enumerated() {
            if index > 0 { output += separator }
            item(&self, element)
        }
    }

    mutating func parenthesized(_ body: (inout SQLPrinter) -> Void) {
        output += "("
        body(&self)
        output += ")"
    }

    mutating func comment(_ text: String?) {
        guard let text else { return }
        write(" COMMENT ")
        string(text)
    }

    /// `'k' = 'v', …`.
    mutating func options(_ options: [TableOption], separator: String = ", ") {
        list(options, separator: separator) { printer, option in
            printer.string(option.key)
            printer.write(" = ")
            printer.string(option.value)
        }
    }

    /// ` WITH (…)`, one option a line; nothing for no options.
    mutating func withOptions(_ values: [TableOption]) {
        if values.isEmpty { return }
        write(" WITH (\n  ")
        options(values, separator: ",\n  ")
        write("\n)")
    }

    mutating func partition(_ items: [PartitionItem]) {
        write("PARTITION (")
        list(items) { printer, item in
            printer.name(item.column)
            if let value = item.value {
                printer.write(" = ")
                printer.expr(value, above: 0)
            }
        }
        write(")")
    }

    mutating func hints(_ hints: [Hint]) {
        if hints.isEmpty { return }
        write(" /*+ ")
        list(hints) { printer, hint in
            printer.hintName(hint.name)
            switch hint.arguments {
            case .none: break
            case .list(let items):
                printer.write("(")
                printer.list(items) { printer, item in printer.hintItem(item) }
                printer.write(")")
            case .options(let options):
                printer.write("(")
                printer.options(options)
                printer.write(")")
            }
        }
        write(" */")
    }

    /// Hints are named by words such as OPTIONS that are keywords but not reserved.
    private mutating func hintName(_ hint: Identifier) {
        let isFree = Keyword(hint.name).map { !$0.isReserved } ?? false
        write(isFree ? hint.name : SQLPrinter.identifier(hint.name))
    }

    /// Names and numbers as they are, anything else as a string.
    private mutating func hintItem(_ item: String) {
        let isNumber = !item.isEmpty && item.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        write(isNumber || SQLPrinter.identifier(item) == item ? item : SQLPrinter.string(item))
    }
}
