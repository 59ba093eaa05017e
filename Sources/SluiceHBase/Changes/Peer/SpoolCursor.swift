import SluiceBase
import SluiceHBaseClient
import SluiceLogStore

/// Reads the entries of a spool in order, and follows it. Owned by one thread.
final class SpoolCursor {
    private let reader: LogReader
    private var records: LogRecordCursor?
    /// Where the next record begins that was not yet given out: a position to go on from.
    private(set) var offset: Int64
    private var next: Int64
    private var pieces: [UInt8] = []
    private var pieceCount = 0
    /// Entries that could not be read.
    private(set) var damaged = 0

    init(_ reader: LogReader, from offset: Int64) {
        self.reader = reader
        self.offset = offset
        next = offset
    }

    var heldBytes: Int { reader.heldBytes + pieces.count }

    /// The next entry; nil: there is none for now. `onState` gets what was written down of regions.
    func next(_ onState: (UnsafeRawBufferPointer) -> Void = { _ in }) throws(LogError) -> WALEntry? {
        while true {
            guard let record = try nextRecord() else { return nil }
            guard record.offset >= next, let value = record.value else { continue }
            next = record.offset + 1
            guard let (kind, piece) = SpoolRecord.parse(record.key) else {
                damaged += 1
                continue
            }
            switch kind {
            case .state: onState(value)
            case .piece:
                if piece == 0 {
                    pieces = []
                    pieceCount = 0
                }
                // Pieces of an entry whose end was never written are passed over with it.
                if piece == pieceCount {
                    pieces.append(contentsOf: value)
                    pieceCount += 1
                }
                continue
            case .entry:
                let entry = entry(value, piece)
                pieces = []
                pieceCount = 0
                offset = next
                if let entry { return entry }
                damaged += 1
            }
            if pieceCount == 0 { offset = next }
        }
    }

    private func entry(_ value: UnsafeRawBufferPointer, _ piece: Int) -> WALEntry? {
        if piece == 0 { return try? WALEntry(value) }
        guard piece == pieceCount else { return nil }
        pieces.append(contentsOf: value)
        return try? WALEntry(pieces)
    }

    private func nextRecord() throws(LogError) -> LogRecordView? {
        while true {
            if let record = try records?.next() { return record }
            records = nil
            guard let batch = try reader.nextBatch() else { return nil }
            records = batch.records
        }
    }

    func close() { reader.close() }
}
