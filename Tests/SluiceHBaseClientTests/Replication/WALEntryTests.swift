import SluiceHBaseFake
import Testing

@testable import SluiceHBaseClient

/// What a source ships: entries, their rows, markers.
@Suite struct WALEntryTests {
    private func cell(
        _ row: String, _ family: String, _ qualifier: String, _ value: String = "v", at time: Int64 = 5,
        type: UInt8 = FakeCell.Kind.put
    ) -> FakeCell {
        FakeCell(
            row: Array(row.utf8), family: Array(family.utf8), qualifier: Array(qualifier.utf8),
            timestamp: time, type: type, value: Array(value.utf8))
    }

    private func request(_ bytes: [UInt8]) throws -> PeerRequest { try PeerRequest(bytes, 4..<bytes.count) }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

    /// `row: family:qualifier, …` per row.
    private func lines(_ entry: WALEntry) throws -> [String] {
        try withRaw(entry.cells) { raw in
            let rows = try WALRows(raw)
            return (0..<rows.rowCount).map { row in
                var name = ""
                var cells: [String] = []
                rows.forEachCell(ofRow: row) { cell in
                    name = text(cell.row)
                    cells.append("\(text(cell.family)):\(text(cell.qualifier))/\(cell.type.rawValue)")
                }
                return name + " " + cells.joined(separator: " ")
            }
        }
    }

    /// C2: one entry with three puts and a delete of a row is one change of it.
    @Test func C2_cellsOfARowComeTogetherInTheirOrder() throws {
        let entry = FakeShippedEntry(
            region: "r9", table: "ns:t", sequence: 42, writeTime: 1234,
            cells: [
                cell("a", "f", "x"), cell("a", "g", "y"), cell("b", "f", "x"), cell("a", "f", "z"),
                cell("a", "f", "w", "", type: FakeCell.Kind.deleteColumn),
            ], timeToLive: 60_000)
        let other = FakeShippedEntry(sequence: 43, cells: [cell("c", "f", "q")])
        let entries = try WALEntry.entries(of: request(FakeShipment.request([entry, other], id: 1)))
        #expect(entries.count == 2)
        let first = try #require(entries.first)
        #expect(text(first.region) == "r9" && text(first.table) == "ns:t")
        #expect(first.sequence == 42 && first.writeTimeMillis == 1234)
        #expect(try lines(first) == ["a f:x/4 g:y/4 f:z/4 f:w/12", "b f:x/4"])
        #expect(try lines(entries[1]) == ["c f:q/4"])
        try withRaw(first.cells) { raw in
            let rows = try WALRows(raw)
            rows.forEachCell(ofRow: 1) { #expect($0.timeToLiveMillis == 60_000) }
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func entriesAreKeptAsTheyCame() throws {
        let shipped = FakeShippedEntry(region: "r", sequence: 9, cells: [cell("a", "f", "q")], timeToLive: 7)
        let entry = try #require(
            try WALEntry.entries(of: request(FakeShipment.request([shipped], id: 1))).first)
        #expect(try WALEntry(entry.encoded()) == entry)
    }

    @Test func cellsThatAreAnnouncedAndMissingAreAnError() throws {
        let bytes = FakeShipment.request([FakeShippedEntry(sequence: 1, cells: [cell("a", "f", "q")])], id: 1)
        // The announced count is the last field of the entry's message: 18 01.
        var changed = bytes
        let at = try #require(changed.indices.dropLast().last { changed[$0] == 0x18 && changed[$0 + 1] == 1 })
        changed[at + 1] = 9
        let broken = try request(changed)
        #expect(throws: WireError.cellsMissing) { _ = try WALEntry.entries(of: broken) }
    }

    /// Recorded from a real source: puts, every kind of delete, an atomic batch, and the marker of a bulk load (C4).
    @Test(.enabled(if: TestFolders.captures != nil)) func C4_readsWhatARealSourceSent() throws {
        let file = try #require(
            CaptureFile(path: (TestFolders.captures ?? "") + "/09-replication-source.txt"))
        var lines: [String] = []
        var loads: [BulkLoadMarker] = []
        var calls = 0
        var machine = PeerConnection(clusterID: "id")
        for frame in file.sections.flatMap(\.frames) {
            if !frame.isFromClient {
                #expect(hex(frame.bytes) == hex(PeerAnswer.success(UInt32(frame.bytes[6]))))
                continue
            }
            if frame.name.hasSuffix("preamble") { machine = PeerConnection(clusterID: "id") }
            try withRaw(frame.bytes) { raw in
                var requests: [PeerRequest] = []
                machine.received(raw) { event in
                    if case .call(let request, _) = event { requests.append(request) }
                    if case .close(let reason) = event { Issue.record("closed: \(reason)") }
                }
                for request in requests {
                    calls += 1
                    for entry in try WALEntry.entries(of: request) {
                        lines += try self.lines(entry)
                        try withRaw(entry.cells) { loads += try WALRows($0).bulkLoads }
                    }
                }
            }
        }
        #expect(calls >= 12)
        #expect(lines.contains("b f:q1/4 f:q2/4 h:q/4"))
        #expect(lines.contains("d1 f:q1/4 h:q1/4 f:q3/4 h:q3/4"))
        #expect(lines.contains("e f:n/4 f:led/4 f:old/12"))
        #expect(loads.count == 5)
        let files = try #require(loads.first).files
        #expect(files.count == 1 && files[0].path.hasSuffix("_SeqId_4_"))
        let parts = files[0].path.split(separator: "/")
        #expect(parts.count == 3 && parts[0].utf8.count == 32 && parts[1] == "f", "\(files[0].path)")
    }
}
