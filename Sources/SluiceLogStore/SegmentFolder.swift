import SluiceBase

/// The files of a partition: `00000000000000000042.log`, named by the offset of its first record, `….index` beside a
/// finished one, `start` with the first offset that is kept, and `lock`.
struct SegmentFolder: Sendable {
    let disk: any Disk
    let path: String

    static let digits = 20

    private static func name(_ base: Int64) -> String {
        let text = String(base)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    func segment(_ base: Int64) -> String { path + "/" + SegmentFolder.name(base) + ".log" }
    func index(_ base: Int64) -> String { path + "/" + SegmentFolder.name(base) + ".index" }
    var lock: String { path + "/lock" }
    private var start: String { path + "/start" }

    /// Offsets that segments begin with, ascending; empty where there is no folder yet.
    func bases() throws(LogError) -> [Int64] {
        let names: [String]
        do throws(DiskError) { names = try disk.list(path) } catch {
            if error.isNotFound { return [] }
            throw .disk(error)
        }
        var found: [Int64] = []
        for name in names where name.hasSuffix(".log") && name.utf8.count == SegmentFolder.digits + 4 {
            if let base = Int64(name.dropLast(4)), base >= 0 { found.append(base) }
        }
        return found.sorted()
    }

    /// The first offset that was not trimmed away; 0 where nothing was.
    func keptFrom() throws(LogError) -> Int64 {
        do throws(DiskError) {
            let text = String(decoding: try disk.contents(of: start), as: UTF8.self)
            if let offset = Int64(text.prefix { $0 != "\n" }), offset >= 0 { return offset }
            throw DiskError("read", start, code: 5)
        } catch {
            if error.isNotFound { return 0 }
            throw .disk(error)
        }
    }

    func setKeptFrom(_ offset: Int64) throws(LogError) {
        try replace(start, with: Array("\(offset)\n".utf8))
    }

    /// The file has the old bytes or the new ones, also after a crash.
    func replace(_ file: String, with bytes: [UInt8]) throws(LogError) {
        try onDisk { () throws(DiskError) in
            try disk.replace(file, with: bytes, temporary: file + ".new")
        }
    }

    /// Retention, of another process perhaps, may remove a file between the look at the folder and its opening. Then
    /// the folder is looked at again.
    func again<Result>(_ body: () throws(LogError) -> Result) throws(LogError) -> Result {
        for _ in 0..<16 {
            do throws(LogError) { return try body() } catch {
                guard case .disk(let cause) = error, cause.isNotFound else { throw error }
            }
        }
        return try body()
    }

    func window(_ base: Int64) throws(LogError) -> SegmentWindow {
        let path = segment(base)
        let file = try onDisk { () throws(DiskError) in try disk.open(path, .read) }
        return SegmentWindow(file, path: path)
    }

    /// The index of a finished segment; nil: it has none, or a damaged one, and must be walked.
    func storedIndex(_ base: Int64) -> SegmentIndex? {
        guard let bytes = try? disk.contents(of: index(base)) else { return nil }
        return SegmentIndex(bytes)
    }
}
