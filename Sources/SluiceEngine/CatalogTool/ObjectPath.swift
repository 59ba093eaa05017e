import SluiceBase
import SluiceCatalog

/// Names as they are written on a command line: `orders`, `shop.orders`, `` lake.shop.`my orders` ``.
enum ObjectPath {
    static func parse(_ text: String) throws(SQLError) -> [String] {
        var parts: [String] = []
        var part = ""
        var isQuoted = false
        var wasQuoted = false
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar == "`" {
                if isQuoted && rest.first == "`" {
                    part.unicodeScalars.append(scalar)
                    rest.removeFirst()
                } else {
                    isQuoted.toggle()
                    wasQuoted = true
                }
            } else if scalar == "." && !isQuoted {
                parts.append(part)
                part = ""
            } else {
                part.unicodeScalars.append(scalar)
            }
        }
        parts.append(part)
        let isEmpty = parts.contains("") && !wasQuoted
        guard !isQuoted, !isEmpty, parts.count <= 3 else {
            throw SQLError(
                .invalidDefinition, "\"\(text)\" is no name of an object",
                hint: "write object, database.object or catalog.database.object")
        }
        return parts
    }

    /// Missing parts are those of the default catalog and database.
    static func qualified(_ parts: [String]) throws(SQLError) -> QualifiedName {
        let initial = DatabaseName.initial
        switch parts.count {
        case 1: return QualifiedName(initial, parts[0])
        case 2: return QualifiedName(initial.catalog, parts[0], parts[1])
        case 3: return QualifiedName(parts[0], parts[1], parts[2])
        default: throw tooLong(parts.joined(separator: "."), "an object")
        }
    }

    /// The full names that the history may have for a name as written.
    static func candidates(_ parts: [String]) -> Set<String> {
        let initial = DatabaseName.initial
        let written = parts.joined(separator: ".")
        switch parts.count {
        case 1: return [written, "\(initial.catalog).\(written)", "\(initial).\(written)"]
        case 2: return [written, "\(initial.catalog).\(written)"]
        default: return [written]
        }
    }

    static func tooLong(_ text: String, _ what: String) -> SQLError {
        SQLError(.invalidDefinition, "\"\(text)\" has too many parts for \(what)")
    }
}

/// Times for people: `2026-03-01T10:00:00Z`.
enum UTCText {
    static func seconds(micros: Int64) -> String {
        let seconds = floorDivide(micros, 1_000_000)
        let date = CivilDate(days: Int(floorDivide(seconds, 86_400)))
        let second = floorModulo(seconds, 86_400)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { padded(Int($0), 2) }
        return
            "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock.joined(separator: ":"))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }
}
