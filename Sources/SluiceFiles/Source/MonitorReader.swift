import SluiceBase
import SluiceConnect

/// Follows the files of a path: reads those that are there, then looks every `source.monitor-interval` for new files
/// and for bytes added to known ones. Never ends.
final class MonitorReader: SplitReader {
    private struct Followed {
        var position = FilePosition(offset: 0, lines: 0)
        var identity: UInt64 = 0
    }

    private let table: FileTable
    private let disk: any Disk
    private let context: ConnectorContext
    private let rows: RowReader
    private var known: [String: Followed] = [:]
    private var queue: [String] = []
    private var current: (path: String, input: any ByteInput, status: DiskStatus)?
    private var nextLook: Int64 = .min

    init(
        _ table: FileTable, _ scan: ScanRequest, _ disk: any Disk, _ split: SourceSplit,
        _ context: ConnectorContext
    ) throws(JobError) {
        self.table = table
        self.disk = disk
        self.context = context
        rows = try RowReader(table, scan, context)
        restore(split.detail)
    }

    var bufferedBytes: Int { rows.bufferedBytes }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        while true {
            if let current {
                let polled = try rows.poll(
                    current.input, file: current.path, status: current.status, maxRows: maxRows,
                    endsRow: false)
                known[current.path]?.position = FilePosition(offset: rows.offset, lines: rows.lines)
                if case .finished = polled {
                    current.input.close()
                    self.current = nil
                    continue
                }
                return polled
            }
            if let path = queue.first {
                queue.removeFirst()
                try start(path)
                continue
            }
            let now = context.clock.monotonicNanos()
            if now < nextLook { return .wait(.at(nanos: nextLook)) }
            nextLook = now &+ (table.monitorMillis ?? 1000) &* 1_000_000
            try look()
            if queue.isEmpty { return .wait(.at(nanos: nextLook)) }
        }
    }

    /// Queues files that are new, that grew, or that another file replaced.
    private func look() throws(JobError) {
        for path in try FileSource.list(table, disk) {
            guard let status = try status(path) else { continue }
            guard let followed = known[path] else {
                queue.append(path)
                continue
            }
            if InputOpener.isCompressed(path) && followed.identity == status.identity { continue }
            if followed.identity != status.identity || status.size < followed.position.offset {
                known[path] = nil
                queue.append(path)
            } else if status.size > followed.position.offset {
                queue.append(path)
            }
        }
    }

    private func start(_ path: String) throws(JobError) {
        guard let status = try status(path) else { return }
        var followed = known[path] ?? Followed()
        followed.identity = status.identity
        known[path] = followed
        let input = try InputOpener.open(path, on: disk, at: followed.position.offset)
        rows.begin(offset: followed.position.offset, lines: followed.position.lines)
        current = (path, input, status)
    }

    private func status(_ path: String) throws(JobError) -> DiskStatus? {
        do throws(DiskError) { return try disk.status(path) } catch {
            throw JobError(error.sqlError, domain: .external)
        }
    }

    /// A line for each file: offset, lines, identity, path.
    func position() -> [UInt8] {
        var text = ""
        for (path, followed) in known.sorted(by: { $0.key < $1.key }) {
            text += "\(followed.position.offset) \(followed.position.lines) \(followed.identity) \(path)\n"
        }
        return Array(text.utf8)
    }

    private func restore(_ detail: [UInt8]) {
        for line in String(decoding: detail, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 3)
            guard parts.count == 4, let offset = Int64(parts[0]), let lines = Int64(parts[1]),
                let identity = UInt64(parts[2])
            else { continue }
            known[String(parts[3])] = Followed(
                position: FilePosition(offset: offset, lines: lines), identity: identity)
        }
    }

    func close() { current?.input.close() }
}
