import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFormats
import Testing

@testable import SluiceFiles

@Suite("changelog files")
struct CDCFileTests {
    let fixture = FileFixture()

    @Test("events of a file arrive with their kinds, however batches cut them")
    func kinds() throws {
        var text = ""
        for id in 0..<3000 {
            text += "{\"before\":null,\"after\":{\"id\":\(id),\"item\":\"a\"},\"op\":\"c\"}\n"
            text +=
                "{\"before\":{\"id\":\(id),\"item\":\"a\"},\"after\":{\"id\":\(id),\"item\":\"b\"},\"op\":\"u\"}\n"
        }
        fixture.disk.store("/cdc.jsonl", text)
        let table = fixture.table(orderColumns, ["path": "/cdc.jsonl", "format": "debezium-json"])
        #expect(try fixture.connector.sourceTraits(table)?.changelog == .retract)
        let source = try fixture.connector.makeSource(table, ScanRequest(projection: [0, 1]))
        let reader = try source.open(SourceSplit(id: "/cdc.jsonl"), fixture.context)
        var kinds: [RowKind: Int] = [:]
        reading: while true {
            guard case .rows(let batch) = try reader.poll(maxRows: 100) else { break reading }
            for row in 0..<batch.rowCount { kinds[batch.kind(row), default: 0] += 1 }
        }
        #expect(kinds == [.insert: 3000, .updateBefore: 3000, .updateAfter: 3000])
    }

    @Test("a sink of changes takes deletes, one of rows does not")
    func sinkKinds() throws {
        let changes = fixture.table(orderColumns, ["path": "/out", "format": "debezium-json"])
        #expect(try fixture.connector.sinkTraits(changes, input: .retract)?.accepts == .retract)
        let rows = fixture.table(orderColumns, ["path": "/out", "format": "csv"])
        #expect(try fixture.connector.sinkTraits(rows, input: .retract)?.accepts == .appendOnly)
    }
}
