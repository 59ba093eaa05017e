import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@Suite("H27 sources of every connector", .serialized)
struct SourceConformanceTests {
    static let subjects = ConformanceSubject.all.filter { !["print", "blackhole"].contains($0.name) }

    @Test("H27 a projection that is pushed down gives what one afterwards gives", arguments: subjects)
    func projections(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        _ = try bench.fill()
        let whole = try bench.all()
        #expect(whole.count >= 60)
        let width = bench.columns.count
        var projections = (0..<width).map { [$0] }
        projections += [[], Array((0..<width).reversed()), Array(0..<width)]
        for projection in projections {
            let found = try bench.all(projection)
            #expect(bag(found) == bag(whole.map { row in projection.map { row[$0] } }), "\(projection)")
        }
    }

    @Test("H27 the size of batches changes nothing but their number", arguments: subjects)
    func batchSizes(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let rows = try bench.fill()
        let whole = try bench.all(maxRows: 4096)
        #expect(bag(whole) == bag(rows))
        for size in [1, 7, 59] { #expect(try bench.all(maxRows: size) == whole, "\(size)") }
    }

    @Test("H27 limits and filters leave out nothing that is wanted", arguments: subjects)
    func pushDown(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let rows = try bench.fill()
        let limited = try bench.all(limit: 5)
        #expect(limited.count >= 5)
        #expect(Set(limited).isSubset(of: Set(rows)))
        let value = rows[17][0]
        var filters = [ScanFilter.Comparison.equal, .greaterOrEqual].map {
            ScanFilter(column: 0, comparison: $0, value: value)
        }
        filters.append(ScanFilter(column: 0, comparison: .oneOf, values: [rows[3][0], value, rows[17][0]]))
        if case .bytes(let text) = value {
            filters.append(
                ScanFilter(column: 0, comparison: .startsWith, value: .bytes(Array(text.prefix(2)))))
        }
        for filter in filters {
            let found = try bench.all(filters: [filter])
            let wanted = rows.filter {
                $0[0] == value || (filter.comparison == .oneOf && $0[0] == rows[3][0])
            }
            #expect(wanted.allSatisfy { found.contains($0) }, "\(filter.comparison)")
            #expect(Set(found).isSubset(of: Set(rows)))
        }
    }

    @Test(
        "H27 splits are the same whenever they are looked for, and each has its own name", arguments: subjects
    )
    func splits(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        _ = try bench.fill()
        let source = try bench.connector.makeSource(bench.table(), ScanRequest(projection: [0]))
        let first = try source.discoverSplits(bench.context)
        #expect(try source.discoverSplits(bench.context).map(\.id) == first.map(\.id))
        #expect(Set(first.map(\.id)).count == first.count && !first.isEmpty)
    }

    @Test("H27 a position goes on where it was taken, without gap or double", arguments: subjects)
    func positions(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        _ = try bench.fill()
        let scan = ScanRequest(projection: Array(bench.columns.indices))
        let source = try bench.connector.makeSource(bench.table(), scan)
        for split in try source.discoverSplits(bench.context) {
            let whole = try rows(source, split, bench, maxRows: 1000)
            let reader = try source.open(split, bench.context)
            var seen: [[Datum]] = []
            var step = 0
            repeat {
                let resumed = SourceSplit(id: split.id, detail: step == 0 ? split.detail : reader.position())
                #expect(
                    seen + (try rows(source, resumed, bench, maxRows: 9)) == whole, "after \(seen.count) rows"
                )
                guard let batch = try bench.next(reader, maxRows: 1 + step % 5) else { break }
                for row in 0..<batch.rowCount { seen.append(batch.row(row)) }
                step += 1
            } while step < 40
            reader.close()
        }
    }

    private func rows(
        _ source: any Source, _ split: SourceSplit, _ bench: ConformanceBench, maxRows: Int
    ) throws -> [[Datum]] {
        let reader = try source.open(split, bench.context)
        defer { reader.close() }
        return try bench.rest(reader, maxRows: maxRows)
    }

    @Test("H27 a bounded source ends once and stays ended", arguments: subjects)
    func ends(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        _ = try bench.fill()
        #expect(try bench.connector.sourceTraits(bench.table())?.isBounded == true)
        let source = try bench.connector.makeSource(bench.table(), ScanRequest(projection: [0]))
        for split in try source.discoverSplits(bench.context) {
            let reader = try source.open(split, bench.context)
            _ = try bench.rest(reader, maxRows: 50)
            for _ in 0..<3 { #expect(try bench.next(reader, maxRows: 50) == nil) }
            reader.close()
        }
    }

    @Test("H27 a reader can be closed before, in the middle and twice", arguments: subjects)
    func closes(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let rows = try bench.fill()
        let source = try bench.connector.makeSource(bench.table(), ScanRequest(projection: [0]))
        for split in try source.discoverSplits(bench.context) {
            for polls in 0..<3 {
                let reader = try source.open(split, bench.context)
                for _ in 0..<polls { _ = try reader.poll(maxRows: 3) }
                #expect(reader.bufferedBytes >= 0)
                reader.close()
                reader.close()
            }
        }
        #expect(try bench.all().count == rows.count)
    }

    @Test("H27 rows of earlier batches stay as they are", arguments: subjects)
    func ownership(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        _ = try bench.fill()
        let scan = ScanRequest(projection: Array(bench.columns.indices))
        let source = try bench.connector.makeSource(bench.table(), scan)
        for split in try source.discoverSplits(bench.context) {
            let reader = try source.open(split, bench.context)
            var batches: [RecordBatch] = []
            var copies: [[Datum]] = []
            while let batch = try bench.next(reader, maxRows: 4) {
                batches.append(batch)
                for row in 0..<batch.rowCount { copies.append(batch.row(row)) }
            }
            reader.close()
            #expect(batches.flatMap { batch in (0..<batch.rowCount).map { batch.row($0) } } == copies)
        }
    }
}
