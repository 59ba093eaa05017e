import Glibc

/// A disk in memory, for tests: calls can be made to fail, and a crash loses what was not synced, be it bytes of a file
/// or names in a directory.
public final class MemoryDisk: Disk {
    public static let pageSize = 64

    final class Node {
        var bytes: [UInt8] = []
        var synced: [UInt8] = []
        var modified: Int64
        let identity: UInt64
        init(modified: Int64, identity: UInt64) {
            self.modified = modified
            self.identity = identity
        }

        func crash(_ keepsPage: ((Int) -> Bool)?) {
            if let keepsPage, bytes.count > synced.count, bytes.starts(with: synced) {
                for start in stride(from: synced.count, to: bytes.count, by: MemoryDisk.pageSize) {
                    let page = start..<min(start + MemoryDisk.pageSize, bytes.count)
                    if keepsPage(start / MemoryDisk.pageSize) { continue }
                    for index in page { bytes[index] = 0 }
                }
                synced = bytes
            } else {
                bytes = synced
            }
        }
    }

    struct State {
        var files: [String: Node] = [:]
        var directories: Set<String> = ["/", "."]
        /// What a crash leaves of names.
        var durableFiles: [String: Node] = [:]
        var durableDirectories: Set<String> = ["/", "."]
        var failures: [String: (after: Int, code: Int32)] = [:]
        var nextIdentity: UInt64 = 1
        /// Paths of locks, with who has them.
        var locks: [String: ObjectIdentifier] = [:]
    }

    let state: Lock<State>
    private let clock: any Clock

    public init(clock: any Clock = ManualClock()) {
        state = Lock(State())
        self.clock = clock
    }

    /// The call of this name (`open`, `read`, `write`, `sync`, `rename`, …) fails with `code` after `after` more.
    public func fail(_ operation: String, after: Int = 0, code: Int32) {
        state.withLock { $0.failures[operation] = (after, code) }
    }

    /// Unsynced bytes and names are gone. `keepsPage`: of what a file got since it was synced these pages (of
    /// `pageSize` bytes, numbered anew for each file) did arrive; the others are zeros.
    public func crash(keepsPage: ((Int) -> Bool)? = nil) {
        state.withLock { state in
            let known = state.durableDirectories
            func isReached(_ path: String) -> Bool {
                let parent = DiskPath.parent(of: path)
                return parent == path || parent == "." || (known.contains(parent) && isReached(parent))
            }
            state.directories = known.filter(isReached)
            state.files = state.durableFiles.filter { isReached($0.key) }
            for (_, node) in state.files.sorted(by: { $0.key < $1.key }) { node.crash(keepsPage) }
            state.durableDirectories = state.directories
            state.durableFiles = state.files
            state.locks.removeAll()
        }
    }

    public func contents(_ path: String) -> [UInt8]? { state.withLock { $0.files[path]?.bytes } }

    public func store(_ path: String, _ bytes: [UInt8]) {
        let now = clock.nowMicros()
        state.withLock { state in
            let node = MemoryDisk.node(path, &state, now)
            node.bytes = bytes
            node.synced = bytes
            node.modified = now
            state.durableFiles[path] = node
            state.durableDirectories.formUnion(state.directories)
        }
    }

    public func store(_ path: String, _ text: String) { store(path, Array(text.utf8)) }

    static func node(_ path: String, _ state: inout State, _ now: Int64) -> Node {
        if let node = state.files[path] { return node }
        state.nextIdentity += 1
        let node = Node(modified: now, identity: state.nextIdentity)
        state.files[path] = node
        var parent = path
        while let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
            parent = String(parent[..<slash])
            state.directories.insert(parent)
        }
        return node
    }

    static func check(_ operation: String, _ path: String, _ state: inout State) throws(DiskError) {
        guard let failure = state.failures[operation] else { return }
        if failure.after > 0 {
            state.failures[operation] = (failure.after - 1, failure.code)
            return
        }
        state.failures[operation] = nil
        throw DiskError(operation, path, code: failure.code)
    }

    public func open(_ path: String, _ mode: DiskOpenMode) throws(DiskError) -> any DiskFile {
        let now = clock.nowMicros()
        return try state.withLock { (state: inout State) throws(DiskError) -> any DiskFile in
            try MemoryDisk.check("open", path, &state)
            if mode == .read && state.files[path] == nil { throw DiskError("open", path, code: ENOENT) }
            let node = MemoryDisk.node(path, &state, now)
            if mode == .create { node.bytes = [] }
            return MemoryFile(path, node, self.state, clock)
        }
    }

    public func status(_ path: String) throws(DiskError) -> DiskStatus? {
        try state.withLock { (state: inout State) throws(DiskError) -> DiskStatus? in
            try MemoryDisk.check("status", path, &state)
            if let node = state.files[path] {
                return DiskStatus(
                    kind: .file, size: Int64(node.bytes.count), modified: node.modified,
                    identity: node.identity)
            }
            if state.directories.contains(path) {
                return DiskStatus(kind: .directory, size: 0, modified: 0, identity: 0)
            }
            return nil
        }
    }

    /// There are no links; `.` and `..` are taken out.
    public func resolve(_ path: String) throws(DiskError) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        let plain = parts.joined(separator: "/")
        let found = path.hasPrefix("/") ? "/" + plain : plain.isEmpty ? "." : plain
        guard try status(found) != nil else { throw DiskError("look at", path, code: ENOENT) }
        return found
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        try state.withLock { (state: inout State) throws(DiskError) -> [String] in
            try MemoryDisk.check("list", directory, &state)
            guard state.directories.contains(directory) else {
                throw DiskError("list", directory, code: ENOENT)
            }
            let prefix = directory.hasSuffix("/") ? directory : directory + "/"
            var names = Set<String>()
            for path in Array(state.files.keys) + Array(state.directories) where path.hasPrefix(prefix) {
                let rest = path.dropFirst(prefix.count)
                if let name = rest.split(separator: "/").first { names.insert(String(name)) }
            }
            return names.sorted()
        }
    }

    public func rename(_ from: String, to: String) throws(DiskError) {
        try state.withLock { (state: inout State) throws(DiskError) -> Void in
            try MemoryDisk.check("rename", from, &state)
            guard let node = state.files.removeValue(forKey: from) else {
                throw DiskError("rename", from, code: ENOENT)
            }
            state.files[to] = node
        }
    }

    public func remove(_ path: String) throws(DiskError) {
        try state.withLock { (state: inout State) throws(DiskError) -> Void in
            try MemoryDisk.check("remove", path, &state)
            if state.files.removeValue(forKey: path) == nil && state.directories.remove(path) == nil {
                throw DiskError("remove", path, code: ENOENT)
            }
        }
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        state.withLock { state in
            var parent = path
            state.directories.insert(parent)
            while let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
                parent = String(parent[..<slash])
                state.directories.insert(parent)
            }
        }
    }

    public func truncate(_ path: String, to size: Int64) throws(DiskError) {
        try state.withLock { (state: inout State) throws(DiskError) -> Void in
            try MemoryDisk.check("truncate", path, &state)
            guard let node = state.files[path] else { throw DiskError("truncate", path, code: ENOENT) }
            let extra = node.bytes.count - Int(clamping: size)
            if extra > 0 { node.bytes.removeLast(extra) }
        }
    }

    public func lockFile(_ path: String) throws(DiskError) -> any DiskLock {
        let now = clock.nowMicros()
        try state.withLock { (state: inout State) throws(DiskError) -> Void in
            try MemoryDisk.check("open", path, &state)
            _ = MemoryDisk.node(path, &state, now)
        }
        return MemoryLock(path, state)
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try state.withLock { (state: inout State) throws(DiskError) -> Void in
            try MemoryDisk.check("sync", path, &state)
            func isInside(_ name: String) -> Bool { DiskPath.parent(of: name) == path }
            state.durableFiles = state.durableFiles.filter { !isInside($0.key) }
            for (name, node) in state.files where isInside(name) { state.durableFiles[name] = node }
            let gone = state.durableDirectories.filter { isInside($0) && !state.directories.contains($0) }
            state.durableDirectories.subtract(gone)
            state.durableDirectories.formUnion(state.directories.filter(isInside))
        }
    }
}

/// An open file of a `MemoryDisk`.
final class MemoryFile: DiskFile {
    private let path: String
    private let node: MemoryDisk.Node
    private let state: Lock<MemoryDisk.State>
    private let clock: any Clock
    private var offset = 0

    init(_ path: String, _ node: MemoryDisk.Node, _ state: Lock<MemoryDisk.State>, _ clock: any Clock) {
        self.path = path
        self.node = node
        self.state = state
        self.clock = clock
    }

    func read(_ into: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        try state.withLock { (state: inout MemoryDisk.State) throws(DiskError) -> Int in
            try MemoryDisk.check("read", path, &state)
            let count = Swift.max(0, Swift.min(into.count, node.bytes.count - offset))
            for index in 0..<count { into[index] = node.bytes[offset + index] }
            offset += count
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(DiskError) {
        let now = clock.nowMicros()
        try state.withLock { (state: inout MemoryDisk.State) throws(DiskError) -> Void in
            try MemoryDisk.check("write", path, &state)
            node.bytes.append(contentsOf: bytes)
            node.modified = now
        }
    }

    func seek(to offset: Int64) throws(DiskError) { self.offset = Int(offset) }

    func sync() throws(DiskError) {
        try state.withLock { (state: inout MemoryDisk.State) throws(DiskError) -> Void in
            try MemoryDisk.check("sync", path, &state)
            node.synced = node.bytes
        }
    }

    func close() {}
}

/// A lock of a `MemoryDisk`. Waiting is for another thread only: it tries again until the lock is free.
final class MemoryLock: DiskLock {
    private let path: String
    private let state: Lock<MemoryDisk.State>

    init(_ path: String, _ state: Lock<MemoryDisk.State>) {
        self.path = path
        self.state = state
    }

    deinit { close() }

    func acquire(waits: Bool) throws(DiskError) -> Bool {
        let own = ObjectIdentifier(self)
        while true {
            let isMine = state.withLock { state in
                if let owner = state.locks[path] { return owner == own }
                state.locks[path] = own
                return true
            }
            if isMine || !waits { return isMine }
            sched_yield()
        }
    }

    func release() {
        let own = ObjectIdentifier(self)
        state.withLock { state in
            if state.locks[path] == own { state.locks[path] = nil }
        }
    }

    func close() { release() }
}
