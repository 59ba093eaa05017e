extension Disk {
    /// All bytes of a file.
    public func contents(of path: String) throws(DiskError) -> [UInt8] {
        let file = try open(path, .read)
        defer { file.close() }
        return try file.contents()
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
