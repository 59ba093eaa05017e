import SluiceBase

/// What jobs of this machine that were killed have left: a spool of theirs alone, and a replication peer for which the
/// cluster keeps its logs for ever. Their folder has a folder for each, named like the peer, whose lock nobody holds any
/// more, and in it the file `cluster`, which names the cluster.
final class PeerLeftovers: Sendable {
    private let folder: String
    private let disk: any Disk
    /// By id; held, so that nobody else removes the same.
    private let locks: Lock<[String: any DiskLock]>

    private static func marker(_ folder: String) -> String { folder + "/cluster" }

    /// Says of a spool's folder that it goes with the job.
    static func mark(_ folder: String, cluster: String, _ disk: any Disk) throws(SQLError) {
        do throws(DiskError) {
            let file = marker(folder)
            try disk.replace(file, with: Array(cluster.utf8), temporary: file + ".new")
        } catch {
            throw SQLError(.connectorIO, error.description)
        }
    }

    /// Those of a cluster. What cannot be read now is left for the next job.
    init(in folder: String, cluster: String, _ disk: any Disk) {
        self.folder = folder
        self.disk = disk
        var found: [String: any DiskLock] = [:]
        for id in (try? disk.list(folder)) ?? [] {
            let inner = folder + "/" + id
            guard let name = try? disk.contents(of: Self.marker(inner)), name == Array(cluster.utf8),
                let lock = try? disk.lockFile(inner + "/in-use")
            else { continue }
            if (try? lock.acquire(waits: false)) == true { found[id] = lock } else { lock.close() }
        }
        locks = Lock(found)
    }

    var ids: [String] { locks.withLock { $0.keys.sorted() } }

    /// The peer is gone from the cluster.
    func remove(_ id: String) {
        guard let lock = locks.withLock({ $0.removeValue(forKey: id) }) else { return }
        FolderRemoval.remove(folder + "/" + id, disk)
        lock.close()
    }

    /// What is left is the next job's.
    func close() {
        locks.withLock { locks in
            for lock in locks.values { lock.close() }
            locks = [:]
        }
    }
}

/// Removes a folder with everything in it, as far as it can.
enum FolderRemoval {
    static func remove(_ path: String, _ disk: any Disk) {
        for name in (try? disk.list(path)) ?? [] {
            let inner = path + "/" + name
            let kind = (try? disk.status(inner))??.kind
            if kind == .directory { remove(inner, disk) } else { try? disk.remove(inner) }
        }
        try? disk.remove(path)
    }
}
