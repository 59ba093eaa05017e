/// Builds a `MutationBatch`: open an operation, add its cells, open the next one.
///
/// A row has 1 to 32767 bytes, a family at most 127, a value at most `maxValueBytes`; anything else makes the
/// operation invalid, and it fails with a clear error without being sent.
public struct MutationBatchBuilder: Sendable {
    /// The time that lets the server fill in its clock.
    public static let latest = Int64.max

    private var batch: MutationBatch
    private var writer = ProtobufWriter(capacity: 4096)
    /// True inside `beginGroup` … `endGroup`.
    private var groupOpen = false
    private var groupStart = 0

    public init(table: HBaseTable) { batch = MutationBatch(table: table) }

    public var count: Int { batch.operations.count }
    public var isEmpty: Bool { batch.operations.isEmpty }
    public var byteCount: Int { writer.count }

    public mutating func reserveCapacity(operations: Int, bytes: Int) {
        batch.operations.reserveCapacity(operations)
        writer.reserve(bytes)
    }

    /// The batch; the builder is empty again.
    public mutating func finish() -> MutationBatch {
        var made = batch
        batch = MutationBatch(table: made.table)
        let full = writer
        writer = ProtobufWriter(capacity: 4096)
        made.bytes = full.finish()
        groupOpen = false
        return made
    }

    // MARK: operations

    public mutating func beginPut(_ row: UnsafeRawBufferPointer) { begin(.put, row) }
    /// Without cells: a delete of the whole row up to `timestamp`.
    public mutating func beginDelete(_ row: UnsafeRawBufferPointer, timestamp: Int64 = latest) {
        begin(.delete, row, timestamp: timestamp)
    }
    public mutating func beginIncrement(_ row: UnsafeRawBufferPointer) { begin(.increment, row) }
    public mutating func beginAppend(_ row: UnsafeRawBufferPointer) { begin(.append, row) }

    public mutating func beginPut(_ row: [UInt8]) { row.withUnsafeBytes { begin(.put, $0) } }
    public mutating func beginDelete(_ row: [UInt8], timestamp: Int64 = latest) {
        row.withUnsafeBytes { begin(.delete, $0, timestamp: timestamp) }
    }
    public mutating func beginIncrement(_ row: [UInt8]) { row.withUnsafeBytes { begin(.increment, $0) } }
    public mutating func beginAppend(_ row: [UInt8]) { row.withUnsafeBytes { begin(.append, $0) } }

    /// All operations up to `endGroup` are one atomic operation (RowMutations); all of them of this row.
    public mutating func beginGroup() {
        groupOpen = true
        groupStart = batch.parts.count
    }

    /// Nothing is added when the group has no operations.
    public mutating func endGroup(condition: MutationCondition? = nil) {
        guard groupOpen else { return }
        groupOpen = false
        guard groupStart < batch.parts.count else { return }
        let first = batch.parts[groupStart]
        var settings = MutationBatch.Settings()
        settings.condition = condition
        settings.parts = groupStart..<batch.parts.count
        settings.invalid = invalidPart()
        addComposite(.group, first, settings)
    }

    /// Opens increments of a row that are applied exactly once: only when the ledger column of that row holds
    /// no offset or a smaller one, and together with writing the new offset there. Add the counters with
    /// `increment`, then `endLedgerIncrement`. `processed` tells applied (true) from applied before (false).
    public mutating func beginLedgerIncrement(_ row: UnsafeRawBufferPointer) {
        beginGroup()
        begin(.increment, row)
    }

    public mutating func beginLedgerIncrement(_ row: [UInt8]) {
        row.withUnsafeBytes { beginLedgerIncrement($0) }
    }

    /// `offset` must not be negative: the server compares unsigned bytes. The ledger's cell vanishes so many
    /// milliseconds after its last change; nil: never.
    public mutating func endLedgerIncrement(
        family: [UInt8], qualifier: [UInt8], offset: Int64, timeToLiveMillis: Int64? = nil
    ) {
        guard groupOpen else { return }
        let row = currentRow()
        row.withUnsafeBytes { begin(.put, $0) }
        let encoded = withUnsafeBytes(of: offset.bigEndian) { Array($0) }
        cell(family: family, qualifier: qualifier, value: encoded)
        if let timeToLiveMillis { timeToLive(milliseconds: timeToLiveMillis) }
        groupOpen = false
        let first = batch.parts[groupStart]
        var settings = MutationBatch.Settings()
        settings.parts = groupStart..<batch.parts.count
        settings.ledger = MutationBatch.LedgerOffset(
            family: family, qualifier: qualifier, offset: offset)
        settings.invalid = offset < 0 ? "a ledger offset must not be negative" : invalidPart()
        addComposite(.ledger, first, settings)
    }

    // MARK: settings of the operation opened last

    /// The cells vanish after so many milliseconds.
    public mutating func timeToLive(milliseconds: Int64) {
        let value = withUnsafeBytes(of: milliseconds.bigEndian) { Array($0) }
        attribute("_ttl", value)
    }

    /// `MutationProto.Durability`: 1 skip WAL, 2 asynchronous, 3 synchronous, 4 fsync.
    public mutating func durability(_ value: Int) {
        editSettings { settings in
            var fields = ProtobufWriter(capacity: 16)
            fields.field(6, Int32(clamping: value))
            settings.fields.append(contentsOf: fields.finish())
        }
    }

    /// An increment or append need not give its new values back.
    public mutating func withoutResult() {
        attribute("_rr_", [0])
        editSettings { $0.wantsResult = false }
    }

    /// The same with attributes that were encoded before, and hold that already.
    mutating func withoutResult(attributes: [UInt8]) {
        editSettings { settings in
            settings.fields = attributes
            settings.wantsResult = false
        }
    }

    /// The operation opened last is done only when the condition holds. Within a group use
    /// `endGroup(condition:)`.
    public mutating func condition(_ condition: MutationCondition) {
        guard !groupOpen else { return }
        editSettings { $0.condition = condition }
    }

    private mutating func attribute(_ name: String, _ value: [UInt8]) {
        editSettings { settings in
            var fields = ProtobufWriter(capacity: 32)
            let mark = fields.begin(5)
            fields.field(1, name)
            fields.field(2, value)
            fields.end(mark)
            settings.fields.append(contentsOf: fields.finish())
        }
    }

    private mutating func editSettings(_ edit: (inout MutationBatch.Settings) -> Void) {
        guard let last = groupOpen ? batch.parts.indices.last : batch.operations.indices.last else { return }
        var index = groupOpen ? batch.parts[last].settings : batch.operations[last].settings
        if index < 0 {
            index = Int32(clamping: batch.settings.count)
            batch.settings.append(MutationBatch.Settings())
            if groupOpen {
                batch.parts[last].settings = index
            } else {
                batch.operations[last].settings = index
            }
        }
        edit(&batch.settings[Int(index)])
    }

    /// What is wrong with a part of the group that is open.
    private func invalidPart() -> String? {
        for part in batch.parts[groupStart...] where part.settings >= 0 {
            if let reason = batch.settings[Int(part.settings)].invalid { return reason }
        }
        return nil
    }

    private mutating func addComposite(
        _ kind: MutationBatch.Kind, _ first: MutationBatch.Part, _ settings: MutationBatch.Settings
    ) {
        var part = first
        part.kind = kind
        part.settings = Int32(clamping: batch.settings.count)
        batch.settings.append(settings)
        batch.operations.append(part)
    }

    private mutating func begin(
        _ kind: MutationBatch.Kind, _ row: UnsafeRawBufferPointer, timestamp: Int64 = latest
    ) {
        let start = writer.count
        writer.raw(row)
        var part = MutationBatch.Part(
            kind: kind, rowLength: UInt16(clamping: row.count), row: start, cells: writer.count,
            cellsEnd: writer.count)
        part.timestamp = timestamp
        if groupOpen {
            batch.parts.append(part)
        } else {
            batch.operations.append(part)
        }
        if row.isEmpty { editSettings { $0.invalid = "a row key must not be empty" } }
        if row.count > CellEncoder.longestRow {
            editSettings { $0.invalid = "a row key of \(row.count) bytes is longer than 32767" }
        }
    }

    /// Appends one cell to the operation opened last; `name` is length of the family, family, qualifier.
    mutating func addCell(
        _ type: CellType, _ name: UnsafeRawBufferPointer, longestName familyLength: Int,
        _ value: UnsafeRawBufferPointer, _ timestamp: Int64
    ) {
        let start = writer.count
        let opened = groupOpen ? batch.parts.last : batch.operations.last
        guard let part = opened else { return }
        if familyLength > CellEncoder.longestFamily {
            editSettings { $0.invalid = "a column family of \(familyLength) bytes is longer than 127" }
            return
        }
        let row = Int(part.rowLength)
        let keyLength = 2 + row + name.count + 9
        let total = 8 + keyLength + value.count
        let back = start - part.row
        writer.append(maximum: total + 4) { target in
            var used = target.storeBigEndian(Int32(truncatingIfNeeded: total))
            used += (target + used).storeBigEndian(Int32(truncatingIfNeeded: keyLength))
            used += (target + used).storeBigEndian(Int32(truncatingIfNeeded: value.count))
            used += (target + used).storeBigEndian(Int16(truncatingIfNeeded: row))
            used += (target + used).store(UnsafeRawBufferPointer(start: target - back, count: row))
            used += (target + used).store(name)
            used += (target + used).storeBigEndian(timestamp)
            target[used] = type.rawValue
            return used + 1 + (target + used + 1).store(value)
        }
        if groupOpen {
            batch.parts[batch.parts.count - 1].cellCount += 1
            batch.parts[batch.parts.count - 1].cellsEnd = writer.count
        } else {
            batch.operations[batch.operations.count - 1].cellCount += 1
            batch.operations[batch.operations.count - 1].cellsEnd = writer.count
        }
    }

    private func currentRow() -> [UInt8] {
        guard let part = groupOpen ? batch.parts.last : batch.operations.last else { return [] }
        return writer.withBytes { Array($0[part.row..<part.row + Int(part.rowLength)]) }
    }
}
