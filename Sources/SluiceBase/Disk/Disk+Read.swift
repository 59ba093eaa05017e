extension Disk {
    /// All bytes of a file.
    public func contents(of path: String) throws(DiskError) -> [UInt8] {
        let file = try open(path, .read)
        defer { file.close() }
        return try file.contents()
    }

    /// The file has its old bytes or all of the new ones, also after a crash, and on return the new ones. `temporary`:
    /// another name in the same directory.
    public func replace(_ path: String, with bytes: [UInt8], temporary: String) throws(DiskError) {
        let file = try open(temporary, .create)
        defer { file.close() }
        try bytes.span.bytes.withUnsafeBytes { (raw) throws(DiskError) in try file.write(raw) }
        try file.sync()
        try rename(temporary, to: path)
        try syncDirectory(DiskPath.parent(of: path))
    }
}

extension Disk {
    /// Makes a directory with its parents, which are there after a crash, too. Fine if it is there.
    public func makeDurableDirectory(_ path: String) throws(DiskError) {
        if try status(path) != nil { return }
        let parent = DiskPath.parent(of: path)
        if parent != path { try makeDurableDirectory(parent) }
        try makeDirectory(path)
        try syncDirectory(parent)
    }
}

enum DiskPath {
    /// The directory that a name stands in.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension DiskFile {
    /// All bytes from here to the end.
    public func contents() throws(DiskError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            var result: Result<Int, DiskError> = .success(0)
            piece.withUnsafeMutableBytes { buffer in
                do throws(DiskError) { result = .success(try read(buffer)) } catch {
                    result = .failure(error)
                }
            }
            let count = try result.get()
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[0..<count])
        }
    }
}
