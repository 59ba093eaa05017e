import SluiceBase

/// Positions of consumer groups: a file for each group and partition with the next offset to read. A file is replaced
/// whole, so a reader of it sees an old position or a new one.
extension LogTopic {
    private var groupsPath: String { path + "/groups" }

    /// File names have letters, digits, `-`, `.` and `_` as they are; other bytes as `%2F`.
    private static func fileName(_ group: String) -> String {
        var name = ""
        for byte in group.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || byte == 0x2D || byte == 0x5F
            if byte < 0x80, isPlain || (byte == 0x2E && !name.isEmpty) {
                name.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                name += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return name
    }

    private static func group(_ fileName: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(fileName.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func file(_ group: String, _ partition: Int) throws(LogError) -> String {
        guard !group.isEmpty, group.utf8.count <= 80 else {
            throw .invalid("\"\(group)\" is no group name: 1 to 80 bytes make one")
        }
        return "\(groupsPath)/\(LogTopic.fileName(group))/\(partition)"
    }

    /// The next offset that the group reads; nil: it never stored one.
    public func position(of group: String, partition: Int) throws(LogError) -> Int64? {
        let file = try file(group, partition)
        do throws(DiskError) {
            let text = String(decoding: try disk.contents(of: file), as: UTF8.self)
            guard let offset = Int64(text.prefix { $0 != "\n" }), offset >= 0 else {
                throw DiskError("read", file, code: 5)
            }
            return offset
        } catch {
            if error.isNotFound { return nil }
            throw .disk(error)
        }
    }

    /// Durable on return. nil forgets the position.
    public func setPosition(of group: String, partition: Int, to offset: Int64?) throws(LogError) {
        let file = try file(group, partition)
        let folder = "\(groupsPath)/\(LogTopic.fileName(group))"
        try onDisk { () throws(DiskError) in
            try disk.makeDurableDirectory(folder)
            // Two members of the group may store at once.
            let lock = try disk.lockFile(folder + "/lock")
            defer { lock.close() }
            _ = try lock.acquire(waits: true)
            if let offset {
                try disk.replace(file, with: Array("\(offset)\n".utf8), temporary: file + ".new")
            } else if try disk.status(file) != nil {
                try disk.remove(file)
            }
        }
    }

    /// Groups that stored a position, sorted by name.
    public func groups() throws(LogError) -> [String] {
        do throws(DiskError) { return try disk.list(groupsPath).map { LogTopic.group($0) }.sorted() } catch {
            if error.isNotFound { return [] }
            throw .disk(error)
        }
    }
}
