public import SluiceColumns

/// Rows under group numbers, in chains in order of arrival: the sides of updating joins. Values stay in immutable
/// segments, one per batch that came; a stored row points into its segment.
public final class StoredRows {
    private struct Row {
        var segment: Int32
        var row: Int32
        var group: UInt32
        var previous: Int32
        var next: Int32
        /// Rows of the other side that it has met, for sides of joins that are padded or filtered; or the row's kind.
        var matches: Int32
        var hash: UInt64
        /// Micros of the last write, for the state TTL.
        var written: Int64
    }

    private struct Segment {
        var batch: RecordBatch
        var live: Int
        let byteCount: Int
        /// More rows may be added from it.
        var isOpen = false

        init(_ batch: RecordBatch, live: Int) {
            self.batch = batch
            self.live = live
            byteCount = batch.byteCount
        }
    }

    private let types: [DataType]
    private var rows: [Row] = []
    private var free: [Int32] = []
    private var heads: [Int32] = []
    private var tails: [Int32] = []
    private var segments: [Segment?] = []
    private var freeSegments: [Int32] = []
    private var stored = 0
    private var segmentBytes = 0
    public private(set) var count = 0
    /// 0: rows never expire.
    public var ttlMicros: Int64 = 0
    /// The clock as of the batch at hand.
    public var now: Int64 = 0

    public init(_ schema: Schema) { types = schema.map(\.type) }

    public var byteCount: Int {
        segmentBytes + rows.capacity * MemoryLayout<Row>.stride + heads.capacity * 8 + free.capacity * 4
    }

    public func makeRoom(_ groups: Int) {
        while heads.count < groups {
            heads.append(-1)
            tails.append(-1)
        }
    }

    public func head(_ group: Int) -> Int32 { heads[group] }
    public func last(_ group: Int) -> Int32 { tails[group] }
    public func matches(_ row: Int32) -> Int32 { rows[Int(row)].matches }
    public func setMatches(_ row: Int32, _ count: Int32) {
        rows[Int(row)].matches = count
        rows[Int(row)].written = now
    }

    /// Appends the rows of a group that have not expired, oldest first.
    public func append(rowsOf group: Int, to found: inout [Int32]) {
        var at = heads[group]
        while at >= 0 {
            if !isExpired(at) { found.append(at) }
            at = rows[Int(at)].next
        }
    }

    /// The kinds of rows that were added with theirs as `matches`; nil if all are inserts.
    public func kinds(_ numbers: [Int32]) -> FixedColumn<RowKind>? {
        var isPlain = true
        let kinds = numbers.map { number in
            let kind = RowKind(rawValue: UInt8(truncatingIfNeeded: matches(number))) ?? .insert
            if kind != .insert { isPlain = false }
            return kind
        }
        return isPlain ? nil : FixedColumn(kinds)
    }

    // MARK: State TTL (U16)

    @inline(__always)
    private func isExpired(_ row: Int32) -> Bool {
        ttlMicros > 0 && rows[Int(row)].written &+ ttlMicros <= now
    }

    /// Forgets rows that expired and notes the groups that they were in; the earliest write of those that stay, nil
    /// if none does.
    public func removeExpired(_ emptied: inout Set<UInt32>) -> Int64? {
        var oldest: Int64?
        for at in rows.indices where rows[at].segment >= 0 {
            let number = Int32(truncatingIfNeeded: at)
            if isExpired(number) {
                let group = rows[at].group
                unlink(number)
                if heads[Int(group)] < 0 { emptied.insert(group) }
            } else {
                oldest = Swift.min(oldest ?? .max, rows[at].written)
            }
        }
        return oldest
    }

    // MARK: Segments

    /// Keeps the values of a batch for rows that are added from it; its number. Strings are copied, for they may
    /// point into a large piece of a file.
    public func beginSegment(_ batch: RecordBatch) -> Int32 {
        var columns: [Column] = []
        for (column, type) in zip(batch.columns, types) {
            switch column {
            case .bool, .int32, .int64, .int128, .float32, .float64: columns.append(column)
            case .bytes, .list, .map, .row, .constant:
                let builder = ColumnBuilder(type, capacity: batch.rowCount)
                builder.append(contentsOf: column)
                columns.append(builder.finish())
            }
        }
        var segment = Segment(RecordBatch(columns: columns, rowCount: batch.rowCount), live: 0)
        segment.isOpen = true
        return put(segment)
    }

    private func put(_ segment: Segment) -> Int32 {
        stored += segment.batch.rowCount
        segmentBytes += segment.byteCount
        if let reused = freeSegments.popLast() {
            segments[Int(reused)] = segment
            return reused
        }
        segments.append(segment)
        return Int32(truncatingIfNeeded: segments.count - 1)
    }

    /// No more rows will be added from the segment.
    public func endSegment(_ number: Int32) {
        segments[Int(number)]?.isOpen = false
        if let segment = segments[Int(number)], segment.live == 0 { drop(number) }
        if stored > 100_000 && stored > count * 3 { compact() }
    }

    private func drop(_ number: Int32) {
        guard let segment = segments[Int(number)] else { return }
        stored -= segment.batch.rowCount
        segmentBytes -= segment.byteCount
        segments[Int(number)] = nil
        freeSegments.append(number)
    }

    /// Copies the live rows together.
    private func compact() {
        let builders = types.map { ColumnBuilder($0, capacity: count) }
        var places: [(Int, Int32)] = []
        for at in rows.indices where rows[at].segment >= 0 {
            guard let segment = segments[Int(rows[at].segment)] else { continue }
            for (builder, column) in zip(builders, segment.batch.columns) {
                builder.append(column, Int(rows[at].row))
            }
            places.append((at, Int32(truncatingIfNeeded: places.count)))
        }
        let batch = RecordBatch(columns: builders.map { $0.finish() }, rowCount: places.count)
        let segment = Segment(batch, live: places.count)
        segments = [segment]
        segmentBytes = segment.byteCount
        freeSegments = []
        stored = places.count
        for (at, row) in places {
            rows[at].segment = 0
            rows[at].row = row
        }
    }

    // MARK: Rows

    /// Adds a row of an open segment; its number.
    @discardableResult
    public func add(group: Int, segment: Int32, row: Int, matches: Int, hash: UInt64) -> Int32 {
        let entry = Row(
            segment: segment, row: Int32(truncatingIfNeeded: row), group: UInt32(truncatingIfNeeded: group),
            previous: tails[group], next: -1, matches: Int32(truncatingIfNeeded: matches),
            hash: hash, written: now)
        let number: Int32
        if let reused = free.popLast() {
            number = reused
            rows[Int(reused)] = entry
        } else {
            number = Int32(truncatingIfNeeded: rows.count)
            rows.append(entry)
        }
        if entry.previous >= 0 { rows[Int(entry.previous)].next = number } else { heads[group] = number }
        tails[group] = number
        segments[Int(segment)]?.live += 1
        count += 1
        return number
    }

    /// All rows of a group go behind those of another one.
    public func move(_ group: Int, to target: Int) {
        guard heads[group] >= 0 else { return }
        var at = heads[group]
        while at >= 0 {
            rows[Int(at)].group = UInt32(truncatingIfNeeded: target)
            at = rows[Int(at)].next
        }
        if tails[target] >= 0 {
            rows[Int(tails[target])].next = heads[group]
            rows[Int(heads[group])].previous = tails[target]
        } else {
            heads[target] = heads[group]
        }
        tails[target] = tails[group]
        heads[group] = -1
        tails[group] = -1
    }

    public func remove(_ number: Int32) { unlink(number) }
    public func removeAll(_ group: Int) { while heads[group] >= 0 { unlink(heads[group]) } }

    /// Takes the oldest row that equals one of a batch away; false if there is none.
    @discardableResult
    public func remove(group: Int, equalTo batch: RecordBatch, _ row: Int, hash: UInt64) -> Bool {
        var at = heads[group]
        while at >= 0 {
            if rows[Int(at)].hash == hash && !isExpired(at) && isEqual(rows[Int(at)], batch, row) {
                unlink(at)
                return true
            }
            at = rows[Int(at)].next
        }
        return false
    }

    private func isEqual(_ stored: Row, _ batch: RecordBatch, _ row: Int) -> Bool {
        guard let segment = segments[Int(stored.segment)] else { return false }
        for (mine, theirs) in zip(segment.batch.columns, batch.columns)
        where Comparison.values(mine, Int(stored.row), theirs, row) != 0 { return false }
        return true
    }

    private func unlink(_ number: Int32) {
        let entry = rows[Int(number)]
        let group = Int(entry.group)
        if entry.previous >= 0 {
            rows[Int(entry.previous)].next = entry.next
        } else {
            heads[group] = entry.next
        }
        if entry.next >= 0 {
            rows[Int(entry.next)].previous = entry.previous
        } else {
            tails[group] = entry.previous
        }
        rows[Int(number)].segment = -1
        free.append(number)
        count -= 1
        segments[Int(entry.segment)]?.live -= 1
        if let segment = segments[Int(entry.segment)], segment.live == 0, !segment.isOpen {
            drop(entry.segment)
        }
    }

    /// The values of stored rows, column by column; -1 gives NULLs.
    public func gather(_ numbers: [Int32]) -> [Column] {
        types.indices.map { at in
            let builder = ColumnBuilder(types[at], capacity: numbers.count)
            for number in numbers {
                guard number >= 0, let segment = segments[Int(rows[Int(number)].segment)] else {
                    builder.appendNull()
                    continue
                }
                builder.append(segment.batch.columns[at], Int(rows[Int(number)].row))
            }
            return builder.finish()
        }
    }

    /// Where a value of a stored row is; nil if the row is not there.
    public func place(_ number: Int32, _ column: Int) -> (Column, Int)? {
        let stored = rows[Int(number)]
        guard stored.segment >= 0, let segment = segments[Int(stored.segment)] else { return nil }
        return (segment.batch.columns[column], Int(stored.row))
    }

    /// Compares a column of a stored row with one of a batch; nil if one of them is NULL.
    public func compare(_ number: Int32, _ column: Int, _ other: Column, _ row: Int) -> Int? {
        let stored = rows[Int(number)]
        guard let segment = segments[Int(stored.segment)] else { return nil }
        let mine = segment.batch.columns[column]
        if mine.isNull(Int(stored.row)) || other.isNull(row) { return nil }
        return Comparison.values(mine, Int(stored.row), other, row)
    }
}
