import SluiceBase
import SluiceCatalog
import SluiceSyntax

/// Cuts pieces out of the text of a statement. Spans count from the start of the script that the statement stands in.
struct StatementText {
    private let bytes: [UInt8]
    private let start: Int

    init(_ statement: ParsedStatement) {
        bytes = Array(statement.text.utf8)
        start = statement.span.lower
    }

    /// The text of an expression. Its span leaves out brackets at its ends that belong to its parts, `(a + b) * c`:
    /// they are taken in again.
    func expression(_ span: SourceSpan) -> String {
        var lower = Swift.max(0, span.lower - start)
        var upper = Swift.min(bytes.count, span.upper - start)
        guard lower < upper else { return "" }
        var (unopened, unclosed) = Self.balance(bytes[lower..<upper])
        while unopened > 0 && lower > 0 {
            lower -= 1
            if bytes[lower] == UInt8(ascii: "(") { unopened -= 1 }
        }
        while unclosed > 0 && upper < bytes.count {
            if bytes[upper] == UInt8(ascii: ")") { unclosed -= 1 }
            upper += 1
        }
        return String(decoding: bytes[lower..<upper], as: UTF8.self)
    }

    /// The query at the end of the statement with every name of a table in full.
    func qualified(
        query: Query, text: String, _ qualify: (ObjectName) throws(SQLError) -> QualifiedName
    ) throws(SQLError) -> String {
        var out = Array(text.utf8)
        let offset = start + bytes.count - out.count
        let names = TableNameCollector.names(in: query).sorted { $0.span.lower > $1.span.lower }
        for name in names {
            let lower = name.span.lower - offset
            let upper = name.span.upper - offset
            guard lower >= 0, lower < upper, upper <= out.count else { continue }
            out.replaceSubrange(lower..<upper, with: Array(try qualify(name).sql.utf8))
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Closing brackets without their opening ones, and the other way round; texts in quotes do not count.
    private static func balance(_ bytes: ArraySlice<UInt8>) -> (unopened: Int, unclosed: Int) {
        var unopened = 0
        var open = 0
        var quote: UInt8?
        for byte in bytes {
            if let closing = quote {
                if byte == closing { quote = nil }
                continue
            }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "`"): quote = byte
            case UInt8(ascii: "("): open += 1
            case UInt8(ascii: ")"):
                if open > 0 { open -= 1 } else { unopened += 1 }
            default: break
            }
        }
        return (unopened, open)
    }
}
