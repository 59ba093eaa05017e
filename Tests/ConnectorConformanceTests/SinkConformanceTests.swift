import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@Suite("H27 sinks of every connector", .serialized)
struct SinkConformanceTests {
    static let subjects = ConformanceSubject.all.filter { subject in
        !["datagen", "hbase-cdc, embedded"].contains(subject.name)
    }
    private let keepsNothing = "blackhole"

    @Test("H27 rows arrive once, in batches of any size", arguments: subjects)
    func batches(subject: ConformanceSubject) throws {
        for size in [1, 7, 60] {
            let bench = try subject.make()
            let rows = bench.rows(0..<60)
            try bench.write(rows, batchRows: size)
            if subject.name != keepsNothing { #expect(bag(try bench.written()) == bag(rows), "\(size)") }
        }
    }

    @Test("H27 columns may come in any order", arguments: subjects)
    func columnOrder(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let rows = bench.rows(0..<20)
        let order = Array(bench.columns.indices.reversed())
        try bench.write(rows.map { row in order.map { row[$0] } }, columns: order)
        if subject.name != keepsNothing { #expect(bag(try bench.written()) == bag(rows)) }
    }

    @Test("H27 a sink that is full takes no rows, and every row once when it is not", arguments: subjects)
    func backPressure(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let sink = try bench.sink()
        let writer = try sink.open(subtask: 0, of: 1, bench.context)
        let rows = bench.rows(0..<400)
        // Until it is full once, if it can be made so.
        var offered = 0
        if let block = bench.block {
            let large = bench.rows(400..<8400)
            try bench.offer(bench.batch(large), to: writer)
            try block()
            var refused = 0
            for _ in 0..<3 where try writer.write(bench.batch(rows)) != nil { refused += 1 }
            #expect(refused == 3)
            bench.unblock?()
            offered = large.count
        }
        var refusals = 0
        for start in stride(from: 0, to: rows.count, by: 20) {
            refusals += try bench.offer(bench.batch(Array(rows[start..<(start + 20)])), to: writer)
        }
        let token = try bench.end(writer)
        if !token.isEmpty { try sink.commit([token], bench.context) }
        if subject.name == "hbase, cluster" { #expect(refusals > 0) }
        if subject.name != keepsNothing { #expect(try bench.written().count == rows.count + offered) }
    }

    @Test("H27 a writer may be closed without rows, after rows, and twice", arguments: subjects)
    func closes(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        for count in [0, 5] {
            let writer = try bench.sink().open(subtask: 0, of: 1, bench.context)
            if count > 0 { try bench.offer(bench.batch(bench.rows(0..<count)), to: writer) }
            #expect(writer.bufferedBytes >= 0)
            writer.close()
            writer.close()
        }
        if bench.isAtomic { #expect(try bench.written().isEmpty) }
        try bench.write([])
        if bench.isAtomic { #expect(try bench.written().isEmpty) }
    }

    @Test(
        "H27 what is prepared is seen after the commit, once however often it is repeated",
        arguments: subjects)
    func commits(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let sink = try bench.sink()
        var tokens: [[UInt8]] = []
        for subtask in 0..<2 {
            let writer = try sink.open(subtask: subtask, of: 2, bench.context)
            try bench.offer(bench.batch(bench.rows((subtask * 10)..<(subtask * 10 + 10))), to: writer)
            tokens.append(try bench.end(writer))
        }
        if bench.isAtomic { #expect(try bench.written().isEmpty && tokens.allSatisfy { !$0.isEmpty }) }
        for _ in 0..<3 { try sink.commit(tokens, bench.context) }
        if subject.name != keepsNothing { #expect(bag(try bench.written()) == bag(bench.rows(0..<20))) }

        let third = try sink.open(subtask: 0, of: 1, bench.context)
        try bench.offer(bench.batch(bench.rows(20..<25)), to: third)
        sink.abort(try bench.end(third), bench.context)
        if bench.isAtomic { #expect(try bench.written().count == 20) }
    }
}
