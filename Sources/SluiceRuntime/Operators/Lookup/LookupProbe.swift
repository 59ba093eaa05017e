import SluiceColumns
import SluiceConnect

/// One left batch of a look-up join on its way: its keys, what is known of their rows, and the request under way.
final class LookupProbe {
    let batch: RecordBatch
    let byteCount: Int
    let keys: DistinctKeys
    private let keyColumns: [Column]
    /// Per key; nil: not known yet.
    private(set) var answers: [LookupRows?]
    /// Keys of the next or current request.
    private(set) var wanted: [Int32] = []
    var ticket: Int?
    var hasStarted = false
    /// Its rows came out before those of an earlier batch.
    var isEmitted = false
    var attempts = 0
    /// The rows must be there until then; nil: whenever they come.
    var deadlineNanos: Int64?
    /// Waits until then to ask again for keys without rows.
    var retryAtNanos: Int64?

    init(_ batch: RecordBatch, keys: DistinctKeys, keyColumns: [Column]) {
        self.batch = batch
        byteCount = batch.byteCount
        self.keys = keys
        self.keyColumns = keyColumns
        answers = Array(repeating: nil, count: keys.count)
    }

    /// Takes what the cache knows; the rest is wanted.
    func consult(_ cache: LookupRowCache, nowMillis: Int64) {
        guard cache.isEnabled else {
            wanted.append(contentsOf: 0..<Int32(truncatingIfNeeded: keys.count))
            return
        }
        for key in 0..<keys.count {
            if let rows = cache.find(keys.encoded[key], hash: keys.hashes[key], nowMillis: nowMillis) {
                answers[key] = rows
            } else {
                wanted.append(Int32(truncatingIfNeeded: key))
            }
        }
    }

    /// The wanted keys as a batch.
    func request() -> RecordBatch {
        let rows = wanted.map { keys.firstRow[Int($0)] }
        return RecordBatch(columns: keyColumns.map { $0.gather(rows) }, rowCount: rows.count)
    }

    /// Takes an answer; keys without rows stay wanted.
    func accept(_ result: LookupResult) {
        var position = 0
        let index = result.keyIndex
        var missing: [Int32] = []
        for (number, key) in wanted.enumerated() {
            while position < index.count, Int(index[position]) < number { position += 1 }
            let start = position
            while position < index.count, Int(index[position]) == number { position += 1 }
            answers[Int(key)] = LookupRows(batch: result.rows, start: start, count: position - start)
            if position == start { missing.append(key) }
        }
        asked += wanted
        wanted = missing
    }

    /// Keys that were asked for, possibly several times; their answers go to the cache.
    private(set) var asked: [Int32] = []

    func store(in cache: LookupRowCache, nowMillis: Int64) {
        guard cache.isEnabled else { return }
        // Keys of one request share a batch.
        var last: RecordBatch?
        var rowBytes = 0
        for key in asked {
            guard let rows = answers[Int(key)] else { continue }
            if last !== rows.batch {
                last = rows.batch
                rowBytes = rows.batch.rowCount > 0 ? rows.batch.byteCount / rows.batch.rowCount : 0
            }
            cache.insert(
                keys.encoded[Int(key)], hash: keys.hashes[Int(key)], rows: rows, rowBytes: rowBytes,
                nowMillis: nowMillis)
        }
    }
}
