/// Who asked and which operation it was: two calls alike are one operation.
struct FakeNonce: Hashable {
    var group: UInt64
    var nonce: UInt64
}

/// An operation that was applied under a nonce: when, or nil when the server knows it only from a log.
struct FakeNonceEntry {
    var sequence: UInt64?
}

/// One mutation with its cells, from the message and the cell block.
struct FakeMutation {
    enum Kind: UInt64 { case append = 0, increment, put, delete }

    var row: [UInt8]
    var kind: Kind
    var cells: [FakeCell]
    var timestamp = FakeCell.latest
    var nonce: UInt64 = 0
    var returnsResult = true
    var timeToLive: Int64 = 0

    /// Takes its cells from the front of `cells`.
    init(_ message: FakeMessage, _ cells: inout ArraySlice<FakeCell>) throws {
        row = try message.requiredBytes(1)
        guard let type = try message.uint(2), let kind = Kind(rawValue: type) else {
            throw FakeException.doNotRetryIO("unknown mutation type")
        }
        self.kind = kind
        if let time = try message.uint(4) { timestamp = Int64(bitPattern: time) }
        nonce = try message.uint(9) ?? 0
        for attribute in try message.messages(5, "NameBytesPair", known: 2) {
            let name = try attribute.requiredString(1)
            if name == "_rr_" { returnsResult = try attribute.bytes(2) != [0] }
            if name == "_ttl" {
                timeToLive = (try attribute.bytes(2) ?? []).reduce(0) { $0 << 8 | Int64($1) }
            }
        }
        let announced = try message.int(8) ?? 0
        let inline = try message.messages(3, "ColumnValue", known: 2)
        guard announced >= 0, announced == 0 || inline.isEmpty else {
            throw FakeException.doNotRetryIO("fake server: cells both inline and in the block")
        }
        guard announced <= cells.count else {
            throw FakeException.doNotRetryIO(
                "Cell count of \(announced) but at index \(cells.count) no cell returned")
        }
        self.cells = Array(cells.prefix(announced))
        cells = cells.dropFirst(announced)
        for column in inline { try addInline(column) }
        for cell in self.cells where cell.row != row {
            throw FakeException(
                "client.WrongRowIOException", "The row in the cell doesn't match the original one",
                doNotRetry: true)
        }
        for index in self.cells.indices { self.cells[index].timeToLive = timeToLive }
        try checkTypes()
    }

    private mutating func addInline(_ column: FakeMessage) throws {
        let family = try column.requiredBytes(1)
        for value in try column.messages(2, "QualifierValue", known: 5) {
            var type = FakeCell.Kind.put
            if kind == .delete {
                guard let delete = try value.uint(4), delete <= 3 else {
                    throw FakeException.doNotRetryIO("a delete without its type")
                }
                let types = [
                    FakeCell.Kind.delete, FakeCell.Kind.deleteColumn, FakeCell.Kind.deleteFamily,
                    FakeCell.Kind.deleteFamilyVersion,
                ]
                type = types[Int(delete)]
            }
            let time = try value.uint(3).map { Int64(bitPattern: $0) } ?? timestamp
            cells.append(
                FakeCell(
                    row: row, family: family, qualifier: try value.bytes(1) ?? [], timestamp: time,
                    type: type,
                    value: try value.bytes(2) ?? []))
        }
    }

    private func checkTypes() throws {
        for cell in cells {
            let isDelete = cell.type != FakeCell.Kind.put
            guard isDelete == (kind == .delete) else {
                throw FakeException.doNotRetryIO("fake server: a cell of type \(cell.type) in a \(kind)")
            }
            guard cell.value.count <= 10 << 20 else {
                throw FakeException.doNotRetryIO(
                    "Cell with size \(cell.value.count) exceeds limit of 10485760 bytes")
            }
            let wholeFamily =
                cell.type == FakeCell.Kind.deleteFamily || cell.type == FakeCell.Kind.deleteFamilyVersion
            guard !wholeFamily || cell.qualifier.isEmpty else {
                throw FakeException.doNotRetryIO("fake server: a family marker with a qualifier")
            }
        }
        if kind == .increment || kind == .append, cells.isEmpty {
            throw FakeException.doNotRetryIO("fake server: \(kind) without cells")
        }
    }
}
