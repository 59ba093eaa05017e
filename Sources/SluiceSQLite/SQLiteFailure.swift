import CSQLite
import Glibc
import SluiceBase

/// A result code of libsqlite3 with its circumstances, and its translation for the user.
struct SQLiteFailure {
    /// The extended result code; the low byte is the primary one.
    var code: Int32
    var systemError: Int32
    var text: String
    var statement: String?

    func error(path: String, options: SQLiteOptions) -> SQLError {
        let (message, hint) = translation(subject: "\(options.role) \"\(path)\"")
        var error = SQLError(options.errorCode, message, hint: hint)
        if let statement { error.notes.append(SQLError.Note("in the statement \(statement.shortened)")) }
        return error
    }

    private func translation(subject: String) -> (String, String?) {
        switch code & 0xFF {
        case SQLITE_NOTADB:
            return ("\(subject) is not a database", "name another file, or move this one away")
        case SQLITE_CORRUPT:
            return ("\(subject) is damaged", "restore a backup, or save what is left with sqlite3's .recover")
        case SQLITE_READONLY:
            return ("\(subject) cannot be written: the file or its folder is read-only", nil)
        case SQLITE_PERM, SQLITE_AUTH:
            return ("\(subject) cannot be used: permission denied", nil)
        case SQLITE_BUSY, SQLITE_LOCKED:
            return (
                "\(subject) is locked by another process", "try again when the other process has finished"
            )
        case SQLITE_FULL:
            return ("\(subject) cannot grow: the disk is full", "free some space and try again")
        case SQLITE_CANTOPEN:
            return ("\(subject) cannot be opened\(reason)", nil)
        case SQLITE_IOERR:
            return ("\(subject) cannot be read or written\(reason)", nil)
        case SQLITE_NOMEM:
            return ("\(subject) cannot be used: out of memory", nil)
        case SQLITE_TOOBIG:
            return ("a value is too large for \(subject)", nil)
        case SQLITE_INTERRUPT:
            return ("the work on \(subject) was interrupted", nil)
        case SQLITE_CONSTRAINT:
            return ("\(subject) refused a change: \(text)", nil)
        default:
            let said = text.isEmpty ? String(cString: sqlite3_errstr(code)) : text
            return ("\(subject) reported: \(said)", nil)
        }
    }

    private var reason: String {
        guard systemError != 0, let said = strerror(systemError) else { return "" }
        return ": " + String(cString: said).lowercased()
    }
}

extension String {
    /// At most 200 bytes of a statement, on one line.
    fileprivate var shortened: String {
        let line = split(whereSeparator: { $0 == "\n" || $0 == " " }).joined(separator: " ")
        return line.utf8.count <= 200 ? line : String(line.prefix(197)) + "..."
    }
}
