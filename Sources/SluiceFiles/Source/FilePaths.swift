import SluiceBase

/// What the option `path` names: one file, a directory, or a pattern.
struct FilePaths: Sendable {
    /// Without a `file:` scheme.
    let path: String
    let isPattern: Bool

    init(_ option: String) throws(SQLError) {
        var path = option
        if let scheme = option.range(ofScheme: "://") {
            guard scheme == "file" else {
                throw SQLError(
                    .connectorOption,
                    "path '\(option)' has the scheme \(scheme), but only local files can be read",
                    hint: "give a local path or a file:// address")
            }
            path = String(option.dropFirst("file://".count))
            if !path.hasPrefix("/") { path = "/" + path }
        } else if option.hasPrefix("file:") {
            path = String(option.dropFirst("file:".count))
        }
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        self.path = path
        isPattern = path.contains { $0 == "*" || $0 == "?" || $0 == "[" }
    }

    var isStandardStream: Bool { path == "-" }

    /// Files in reading order, directories searched to the bottom. nil: nothing of that name.
    func files(on disk: any Disk, accepts: (String) -> Bool) throws(DiskError) -> [String]? {
        if isPattern {
            var found: [String] = []
            for match in try PathPattern(path).matches(on: disk) {
                guard let status = try disk.status(match) else { continue }
                if status.kind == .directory {
                    try FilePaths.collect(match, disk, &found)
                } else {
                    found.append(match)
                }
            }
            return found.filter(accepts)
        }
        guard let status = try disk.status(path) else { return nil }
        if status.kind != .directory { return [path] }
        var found: [String] = []
        try FilePaths.collect(path, disk, &found)
        return found.filter(accepts)
    }

    /// Names that start with a point or an underscore are work in progress, or no data.
    private static func collect(_ directory: String, _ disk: any Disk, _ found: inout [String])
        throws(DiskError)
    {
        for name in try disk.list(directory) where !name.hasPrefix(".") && !name.hasPrefix("_") {
            let path = directory == "/" ? "/" + name : directory + "/" + name
            guard let status = try disk.status(path) else { continue }
            if status.kind == .directory {
                try collect(path, disk, &found)
            } else {
                found.append(path)
            }
        }
    }
}

extension String {
    /// The letters before `marker`, if there are only letters.
    fileprivate func range(ofScheme marker: String) -> String? {
        var scheme = ""
        var rest = self[...]
        while let first = rest.first, first.isASCII, first.isLetter || first.isNumber {
            scheme.append(first)
            rest = rest.dropFirst()
        }
        return !scheme.isEmpty && rest.hasPrefix(marker) ? scheme.lowercased() : nil
    }
}
