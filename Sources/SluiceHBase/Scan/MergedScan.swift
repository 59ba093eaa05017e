import SluiceBase
import SluiceConnect

/// Several scans as one in the order of their keys without the salt (H5): what salted writing spread comes back
/// together. All scans must be of one kind of block.
final class MergedScan: CellScan {
    private static let rowsAhead = 256

    private struct Part {
        let scan: any CellScan
        let block: CellBlock
        /// The next row of the block.
        var next = 0
        var isOver = false

        var hasRow: Bool { next < block.rowCount }
    }

    private let salt: Salt
    private var parts: [Part]

    init(_ scans: [any CellScan], leafCount: Int, salt: Salt, keepsTimes: Bool = false) {
        self.salt = salt
        parts = scans.map {
            Part(scan: $0, block: CellBlock(leafCount: leafCount, keepsTimes: keepsTimes))
        }
    }

    func read(maxRows: Int, into block: CellBlock) throws(JobError) -> ScanProgress {
        var added = 0
        while added < maxRows {
            // Every part must show its next row before the smallest is known.
            if let wait = try fill() { return added > 0 ? .more : .wait(wait) }
            guard let smallest = smallestPart() else { return .finished }
            copy(parts[smallest].block, parts[smallest].next, to: block)
            parts[smallest].next += 1
            added += 1
        }
        return .more
    }

    /// What to wait for, if some part has no row at hand and is not over.
    private func fill() throws(JobError) -> WakeUp? {
        var wait: WakeUp?
        for index in parts.indices where !parts[index].hasRow && !parts[index].isOver {
            parts[index].block.removeAll()
            parts[index].next = 0
            var isWaiting = false
            while !isWaiting && !parts[index].hasRow && !parts[index].isOver {
                switch try parts[index].scan.read(maxRows: Self.rowsAhead, into: parts[index].block) {
                case .more: break
                case .finished: parts[index].isOver = true
                case .wait(let wakeUp):
                    wait = wakeUp
                    isWaiting = true
                }
            }
        }
        return wait
    }

    private func smallestPart() -> Int? {
        var best: Int?
        for index in parts.indices where parts[index].hasRow {
            guard let current = best else {
                best = index
                continue
            }
            if compare(index, current) < 0 { best = index }
        }
        return best
    }

    private func compare(_ left: Int, _ right: Int) -> Int {
        let a = salt.strip(parts[left].block.key(parts[left].next))
        let b = salt.strip(parts[right].block.key(parts[right].next))
        return compareBytes(a, b)
    }

    private func copy(_ from: CellBlock, _ row: Int, to block: CellBlock) {
        block.beginRow(key: from.key(row))
        let target = block.rowCount - 1
        for leaf in 0..<from.leafCount {
            if let value = from.value(row, leaf) {
                block.set(target, leaf, value, time: from.time(row, leaf))
            }
        }
    }

    func close() { for part in parts { part.scan.close() } }
}
