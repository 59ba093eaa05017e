/// Put, Delete, Increment, Append; alone and under a condition.
extension FakeService {
    func mutate() throws -> FakeAnswer {
        let request = try FakeMessage("MutateRequest", call.param, known: 4)
        let specifier = try request.requiredMessage(1, "RegionSpecifier", known: 2)
        var cells = call.cells[...]
        let mutation = try FakeMutation(try request.requiredMessage(2, "MutationProto", known: 9), &cells)
        try checkUsed(cells)
        let condition = try request.message(3, "Condition", known: 8).map { try FakeCondition($0) }
        let group = try request.uint(4) ?? 0
        let region = try region(specifier)
        var answer = FakeAnswer()
        if let condition {
            try check(mutation, in: region)
            guard condition.row == mutation.row else { throw condition.wrongRow(mutation.row) }
            let holds = try condition.holds(in: region, service: self)
            var result: [FakeCell] = []
            if holds { result = try applyAtomic([mutation], group: group, in: region) }
            if !result.isEmpty { answer.message.message(1, encode(result, inline: true, &answer.block)) }
            answer.message.bool(2, holds)
            return answer
        }
        switch mutation.kind {
        case .put, .delete:
            try checkRange(mutation, in: region)
            try apply(mutation, in: region)
            answer.message.bool(2, true)
        case .increment, .append:
            let result = try count(mutation, group: group, in: region)
            answer.message.message(1, encode(mutation.returnsResult ? result : [], &answer.block))
        }
        return answer
    }

    /// Cells that no mutation announced can only be a mistake.
    func checkUsed(_ cells: ArraySlice<FakeCell>) throws {
        guard cells.isEmpty else {
            throw FakeException.doNotRetryIO("fake server: \(cells.count) cells belong to no mutation")
        }
    }

    func check(_ mutation: FakeMutation, in region: FakeRegion) throws {
        try check(mutation.row, in: region)
        for cell in mutation.cells { try check(family: cell.family, of: region.table) }
    }

    /// As `check`, with what a Put or Delete outside of the region is told.
    func checkRange(_ mutation: FakeMutation, in region: FakeRegion) throws {
        if !mutation.row.isEmpty, !region.contains(mutation.row) {
            throw FakeException(
                "exceptions.FailedSanityCheckException",
                "Requested row out of range for batchMutate on HRegion \(region.printedName)",
                doNotRetry: true)
        }
        try check(mutation, in: region)
    }

    // MARK: Applying

    /// Applies a Put or Delete that was checked.
    func apply(_ mutation: FakeMutation, in region: FakeRegion) throws {
        let table = region.table
        if mutation.kind == .delete, mutation.cells.isEmpty {
            for family in table.families {
                write(
                    FakeCell(
                        row: mutation.row, family: Array(family.name.utf8), qualifier: [],
                        timestamp: mutation.timestamp, type: FakeCell.Kind.deleteFamily, value: []),
                    into: table)
            }
            return
        }
        for cell in mutation.cells {
            var cell = cell
            if cell.type == FakeCell.Kind.delete, cell.timestamp == FakeCell.latest {
                // The newest version is looked up, and it alone goes.
                var selection = FakeSelection()
                selection.columns = [(cell.family, [cell.qualifier])]
                let newest = table.store.read(cell.row, selection) { table.family($0)?.versions ?? 1 }
                cell.timestamp = newest.first?.timestamp ?? cluster.millis
            }
            write(cell, into: table)
        }
    }

    private func write(_ cell: FakeCell, into table: FakeTable) { cluster.put(cell, into: table) }

    /// An Increment or Append that was or was not done before under its nonce.
    func count(_ mutation: FakeMutation, group: UInt64, in region: FakeRegion) throws -> [FakeCell] {
        try check(mutation, in: region)
        let nonce = FakeNonce(group: group, nonce: mutation.nonce)
        if mutation.nonce != 0, let entry = server.nonces[nonce] {
            guard let sequence = entry.sequence else { return [] }
            var selection = FakeSelection()
            selection.columns = mutation.cells.map { ($0.family, [$0.qualifier]) }
            selection.readPoint = sequence
            return region.table.store.read(mutation.row, selection) { region.table.family($0)?.versions ?? 1 }
        }
        let result = try counted(mutation, in: region)
        for cell in result { write(cell, into: region.table) }
        if mutation.nonce != 0 { server.nonces[nonce] = FakeNonceEntry(sequence: cluster.sequence) }
        return result
    }

    /// The new cells of an Increment or Append, not written yet.
    func counted(_ mutation: FakeMutation, in region: FakeRegion) throws -> [FakeCell] {
        let table = region.table
        var result: [FakeCell] = []
        for cell in mutation.cells {
            var selection = FakeSelection()
            selection.columns = [(cell.family, [cell.qualifier])]
            let old = table.store.read(cell.row, selection) { table.family($0)?.versions ?? 1 }.first
            var new = cell
            // The server's clock, but never before the version that stands there.
            new.timestamp = max(cluster.millis, old?.timestamp ?? 0)
            if mutation.kind == .append {
                new.value = (old?.value ?? []) + cell.value
            } else {
                new.value = BigEndian.bytes(
                    try Self.long(cell.value) &+ Self.long(old?.value ?? BigEndian.bytes(Int64(0))))
            }
            result.append(new)
        }
        return result
    }

    private static func long(_ bytes: [UInt8]) throws -> Int64 {
        var at = 0
        guard bytes.count == 8, let value = BigEndian.read(Int64.self, bytes[...], &at) else {
            throw FakeException.doNotRetryIO("Field is not a long, it's \(bytes.count) bytes wide")
        }
        return value
    }

    /// All or nothing; the merged cells of its Increments and Appends.
    func applyAtomic(_ mutations: [FakeMutation], group: UInt64, in region: FakeRegion) throws -> [FakeCell] {
        for mutation in mutations {
            if mutation.kind == .put || mutation.kind == .delete {
                try checkRange(mutation, in: region)
            } else {
                try check(mutation, in: region)
                for cell in mutation.cells where mutation.kind == .increment { _ = try Self.long(cell.value) }
                _ = try counted(mutation, in: region)
            }
        }
        var result: [FakeCell] = []
        for mutation in mutations {
            switch mutation.kind {
            case .put, .delete: try apply(mutation, in: region)
            case .increment, .append:
                let nonce = FakeNonce(group: group, nonce: mutation.nonce)
                // A nonce that is known skips the count alone, whatever row it was used for.
                if mutation.nonce != 0, server.nonces[nonce] != nil { continue }
                result += try count(mutation, group: group, in: region)
            }
        }
        return result
    }
}
