import SluiceBase
import SluiceConnect

/// A range of a table read in key order, of either store. Used by one subtask; never waits.
protocol CellScan: AnyObject {
    /// Adds at most `maxRows` rows to the block.
    func read(maxRows: Int, into block: CellBlock) throws(JobError) -> ScanProgress
    func close()
}

enum ScanProgress {
    /// Rows were added, perhaps none; there may be more at once.
    case more
    /// Nothing was added; ask again then.
    case wait(WakeUp)
    /// Rows may have been added; there are no more.
    case finished
}

/// Turns scanned rows into batches. The position is the stored key of the last row.
final class CellScanReader: SplitReader {
    private let layout: RowLayout
    private let scan: any CellScan
    private let assembler: RowAssembler
    private let block: CellBlock
    private let context: ConnectorContext
    private var remaining: Int
    private var key: [UInt8]
    private var isFinished = false

    /// - Parameter after: the position to go on from; empty: the start.
    init(_ scan: any CellScan, _ layout: RowLayout, after: [UInt8], limit: Int?, _ context: ConnectorContext)
    {
        self.scan = scan
        self.layout = layout
        self.context = context
        key = after
        remaining = limit ?? .max
        assembler = RowAssembler(layout, capacity: 1024)
        block = CellBlock(leafCount: layout.codecs.count)
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        let wanted = min(maxRows, remaining)
        if isFinished || wanted <= 0 {
            scan.close()
            return .finished
        }
        block.removeAll()
        switch try scan.read(maxRows: wanted, into: block) {
        case .wait(let wakeUp): return .wait(wakeUp)
        case .finished: isFinished = true
        case .more: break
        }
        remaining -= block.rowCount
        if block.rowCount > 0 {
            key.removeAll(keepingCapacity: true)
            key.append(contentsOf: block.key(block.rowCount - 1))
        }
        if isFinished && block.rowCount == 0 {
            scan.close()
            return .finished
        }
        do throws(SQLError) {
            for row in 0..<block.rowCount { try assembler.append(block, row) }
        } catch {
            throw JobError(error, domain: .user)
        }
        assembler.reportErrors(to: context)
        return .rows(assembler.finish())
    }

    var bufferedBytes: Int { block.capacity }

    func position() -> [UInt8] { key }

    func close() { scan.close() }
}
