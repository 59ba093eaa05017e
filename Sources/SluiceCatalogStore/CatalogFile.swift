import Glibc
import SluiceBase

/// Makes the file of a catalog, readable by its owner alone.
enum CatalogFile {
    /// A file that is there and that this user, or its file system, does not let be written.
    static func isReadOnly(_ path: String) -> Bool { access(path, F_OK) == 0 && access(path, W_OK) != 0 }

    /// The folder and an empty file where there is none yet.
    static func prepare(_ path: String) throws(SQLError) {
        if access(path, F_OK) == 0 { return }
        try makeFolder(of: path)
        let handle = open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0o600)
        if handle >= 0 {
            close(handle)
            return
        }
        // Another process was quicker.
        if errno == EEXIST && access(path, F_OK) == 0 { return }
        throw failure("the catalog \"\(path)\" cannot be made")
    }

    /// A new file; one that is there already is an error.
    static func create(_ path: String) throws(SQLError) {
        let handle = open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0o600)
        guard handle >= 0 else {
            if errno == EEXIST {
                throw SQLError(.catalogFile, "file \"\(path)\" exists already", hint: "name a new file")
            }
            throw failure("file \"\(path)\" cannot be made")
        }
        close(handle)
    }

    private static func makeFolder(of path: String) throws(SQLError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        var made = ""
        for part in path[..<slash].split(separator: "/", omittingEmptySubsequences: false) {
            made += made.isEmpty && part.isEmpty ? "/" : (made.isEmpty || made == "/" ? "" : "/") + part
            if part.isEmpty || access(made, F_OK) == 0 { continue }
            if mkdir(made, 0o700) != 0 && errno != EEXIST {
                throw failure("folder \"\(made)\" for the catalog cannot be made")
            }
        }
    }

    private static func failure(_ what: String) -> SQLError {
        let reason = strerror(errno).map { String(cString: $0).lowercased() } ?? "unknown reason"
        return SQLError(.catalogFile, "\(what): \(reason)")
    }
}
