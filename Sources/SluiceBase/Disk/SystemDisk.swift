import Glibc

/// The files of this machine.
public struct SystemDisk: Disk {
    public init() {}

    public func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> any DiskFile {
        let flags: Int32
        switch mode {
        case .read: flags = O_RDONLY
        case .create: flags = O_WRONLY | O_CREAT | O_TRUNC
        case .append: flags = O_WRONLY | O_CREAT | O_APPEND
        }
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw DiskError("open", path, code: errno) }
        return SystemFile(descriptor, path: path)
    }

    public func status(_ path: String) throws(DiskError) -> DiskStatus? {
        var info = stat()
        if stat(path, &info) != 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw DiskError("look at", path, code: errno)
        }
        let kind: DiskStatus.Kind
        switch info.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        let modified = Int64(info.st_mtim.tv_sec) * 1_000_000 + Int64(info.st_mtim.tv_nsec) / 1000
        return DiskStatus(
            kind: kind, size: Int64(info.st_size), modified: modified,
            identity: UInt64(info.st_ino) ^ (UInt64(info.st_dev) << 40))
    }

    public func resolve(_ path: String) throws(DiskError) -> String {
        guard let found = realpath(path, nil) else { throw DiskError("look at", path, code: errno) }
        defer { free(found) }
        return String(cString: found)
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let handle = opendir(directory) else { throw DiskError("list", directory, code: errno) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let length = strlen(UnsafeRawPointer(entry) + nameOffset)
            let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(entry) + nameOffset, count: length)
            let name = String(decoding: bytes, as: UTF8.self)
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    public func rename(_ from: String, to: String) throws(DiskError) {
        if Glibc.rename(from, to) != 0 { throw DiskError("rename", from, code: errno) }
    }

    public func remove(_ path: String) throws(DiskError) {
        if Glibc.remove(path) != 0 { throw DiskError("remove", path, code: errno) }
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        }
        throw DiskError("make the directory", path, code: errno)
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { throw DiskError("open", path, code: errno) }
        defer { Glibc.close(descriptor) }
        if fsync(descriptor) != 0 { throw DiskError("sync", path, code: errno) }
    }

    public func truncate(_ path: String, to size: Int64) throws(DiskError) {
        if Glibc.truncate(path, off_t(size)) != 0 { throw DiskError("cut", path, code: errno) }
    }

    public func lockFile(_ path: String) throws(DiskError) -> any DiskLock {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw DiskError("open", path, code: errno) }
        return SystemLock(descriptor, path: path)
    }

    public func allowEveryone(_ path: String) throws(DiskError) {
        let isDirectory = try status(path)?.kind == .directory
        if chmod(path, isDirectory ? 0o777 : 0o666) != 0 {
            throw DiskError("change the permissions of", path, code: errno)
        }
    }

    private var nameOffset: Int { MemoryLayout<dirent>.offset(of: \.d_name) ?? 19 }
}

/// A file descriptor, closed with its owner.
public final class SystemFile: DiskFile {
    private var descriptor: Int32
    private let path: String
    private let closes: Bool

    /// `closes`: false for the standard streams.
    public init(_ descriptor: Int32, path: String, closes: Bool = true) {
        self.descriptor = descriptor
        self.path = path
        self.closes = closes
    }

    deinit { close() }

    public func read(_ into: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        while true {
            let count = Glibc.read(descriptor, into.baseAddress, into.count)
            if count >= 0 { return count }
            if errno != EINTR { throw DiskError("read", path, code: errno) }
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(DiskError) {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return }
            let count = Glibc.write(descriptor, base + done, bytes.count - done)
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                // A terminal or pipe that somebody made non-blocking.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, 1000)
            } else if errno != EINTR {
                throw DiskError("write", path, code: errno)
            }
        }
    }

    public func seek(to offset: Int64) throws(DiskError) {
        if lseek(descriptor, off_t(offset), SEEK_SET) < 0 { throw DiskError("seek in", path, code: errno) }
    }

    public func sync() throws(DiskError) {
        if fsync(descriptor) != 0 { throw DiskError("sync", path, code: errno) }
    }

    public func close() {
        if descriptor >= 0 && closes { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// An `flock` on an open file, which tells apart even two openings of one process.
final class SystemLock: DiskLock {
    private var descriptor: Int32
    private let path: String

    init(_ descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    func acquire(waits: Bool) throws(DiskError) -> Bool {
        while flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK && !waits { return false }
            if errno != EINTR { throw DiskError("lock", path, code: errno) }
        }
        return true
    }

    func release() { _ = flock(descriptor, LOCK_UN) }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}
