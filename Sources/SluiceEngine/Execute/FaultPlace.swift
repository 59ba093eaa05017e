import SluiceBase
import SluiceSyntax

/// The part of a CREATE TABLE that an error of a connector speaks of. Connectors know nothing of the text; they write
/// options and their values in single quotes and columns in double quotes, and what the statement contains of it is
/// the place.
struct FaultPlace {
    private let create: CreateTable

    init(_ create: CreateTable) { self.create = create }

    func find(_ error: SQLError) -> SourceSpan {
        let quoted = FaultPlace.quoted(in: error.message)
        if let option = create.options.first(where: { quoted.options.contains($0.key) }) {
            return quoted.options.contains(option.value) ? option.valueSpan : option.keySpan
        }
        if let option = create.options.first(where: {
            $0.key != "connector" && quoted.options.contains($0.value)
        }) {
            return option.valueSpan
        }
        for case .column(let column) in create.elements where quoted.names.contains(column.name.name) {
            return column.span
        }
        for case .column(let column) in create.elements {
            guard case .metadata(_, let key, _) = column.kind else { continue }
            if quoted.options.contains(key ?? column.name.name) { return column.span }
        }
        return create.name.span
    }

    /// Texts in single and in double quotes.
    private static func quoted(in message: String) -> (options: Set<String>, names: Set<String>) {
        var options: Set<String> = []
        var names: Set<String> = []
        var rest = Substring(message)
        while let start = rest.firstIndex(where: { $0 == "'" || $0 == "\"" }) {
            let after = rest.index(after: start)
            guard let end = rest[after...].firstIndex(of: rest[start]) else { break }
            let text = String(rest[after..<end])
            if rest[start] == "'" { options.insert(text) } else { names.insert(text) }
            rest = rest[rest.index(after: end)...]
        }
        return (options, names)
    }
}
