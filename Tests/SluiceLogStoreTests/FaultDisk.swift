import SluiceBase

/// A process that dies at one of its changes to the disk: half of what it writes then arrives, and every later call
/// fails. What is on the disk beneath it stays.
final class FaultDisk: Disk {
    let memory: MemoryDisk
    private let left: Lock<Int>
    /// Bytes of the last write that arrive, in 256ths.
    private let share: Int

    /// `changes` succeed.
    init(_ memory: MemoryDisk, changes: Int, share: Int = 128) {
        self.memory = memory
        self.share = share
        left = Lock(changes)
    }

    var isDead: Bool { left.withLock { $0 < 0 } }

    /// How many of `bytes` arrive; throws afterwards if not all.
    fileprivate func change(_ operation: String) throws(DiskError) {
        let isAlive = left.withLock { left in
            left -= 1
            return left >= 0
        }
        if !isAlive { throw DiskError(operation, "", code: 5) }
    }

    private func alive(_ operation: String) throws(DiskError) {
        if isDead { throw DiskError(operation, "", code: 5) }
    }

    func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> any DiskFile {
        if mode == .read { try alive("open") } else { try change("open") }
        return FaultFile(self, try memory.open(path, mode), share)
    }
    func status(_ path: String) throws(DiskError) -> DiskStatus? {
        try alive("look at")
        return try memory.status(path)
    }
    func resolve(_ path: String) throws(DiskError) -> String { try memory.resolve(path) }
    func list(_ directory: String) throws(DiskError) -> [String] {
        try alive("list")
        return try memory.list(directory)
    }
    func rename(_ from: String, to: String) throws(DiskError) {
        try change("rename")
        try memory.rename(from, to: to)
    }
    func remove(_ path: String) throws(DiskError) {
        try change("remove")
        try memory.remove(path)
    }
    func makeDirectory(_ path: String) throws(DiskError) {
        try alive("make the directory")
        try memory.makeDirectory(path)
    }
    func syncDirectory(_ path: String) throws(DiskError) {
        try change("sync")
        try memory.syncDirectory(path)
    }
    func truncate(_ path: String, to size: Int64) throws(DiskError) {
        try change("truncate")
        try memory.truncate(path, to: size)
    }
    func lockFile(_ path: String) throws(DiskError) -> any DiskLock { try memory.lockFile(path) }
}

private final class FaultFile: DiskFile {
    private let disk: FaultDisk
    private let file: any DiskFile
    private let share: Int

    init(_ disk: FaultDisk, _ file: any DiskFile, _ share: Int) {
        self.disk = disk
        self.file = file
        self.share = share
    }

    func read(_ into: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        if disk.isDead { throw DiskError("read", "", code: 5) }
        return try file.read(into)
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(DiskError) {
        let wasDead = disk.isDead
        do throws(DiskError) { try disk.change("write") } catch {
            let part = bytes.count * share / 256
            if !wasDead { try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<part])) }
            throw error
        }
        try file.write(bytes)
    }
    func seek(to offset: Int64) throws(DiskError) { try file.seek(to: offset) }
    func sync() throws(DiskError) {
        try disk.change("sync")
        try file.sync()
    }
    func close() { file.close() }
}
