import Glibc

/// Where the catalog, the embedded stores and the state of jobs are.
public struct HomeFolder: Sendable, Equatable {
    public var path: String
    /// `SLUICE_CATALOG`, or a file in the folder.
    public var catalogPath: String

    /// `SLUICE_HOME`, else a folder below `XDG_DATA_HOME`, else one below the user's own.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let home = value("SLUICE_HOME") {
            path = home
        } else if let data = value("XDG_DATA_HOME"), data.hasPrefix("/") {
            path = data + "/sluice"
        } else {
            path = (value("HOME") ?? Self.userFolder ?? "/tmp") + "/.local/share/sluice"
        }
        catalogPath = value("SLUICE_CATALOG") ?? path + "/catalog.db"
    }

    private static var userFolder: String? {
        getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) }
    }

    /// The name of the user who runs the process.
    public static var userName: String {
        getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid \(getuid())"
    }

    /// The environment of the process.
    public static var processEnvironment: [String: String] {
        var found: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let sign = text.firstIndex(of: "=") {
                found[String(text[..<sign])] = String(text[text.index(after: sign)...])
            }
            next += 1
        }
        return found
    }
}

extension HomeFolder {
    /// True if there is a file or folder at the path.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
