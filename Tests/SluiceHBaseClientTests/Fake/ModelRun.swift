import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// Random puts, deletes, gets, increments and ledger increments, many at a time and several of one row, with a model
/// of what must come out of them.
final class ModelRun {
    private struct Row {
        /// What each submitted mutation left: its number, or nil for a delete.
        var states: [Int?] = [nil]
        /// Mutations up to here have been answered.
        var answered = 0
        /// Increments that were submitted.
        var counted: Int64 = 0
        var ledgerCounted: Int64 = 0
        var ledgerOffset: Int64 = -1
    }

    let client: ModelClient
    private var rows: [Row]
    /// Offsets that were written, by row.
    private var ledger: [[UInt8]: [Int64]] = [:]
    private var time: Int64 = 1_000
    private(set) var errors: [String] = []
    private(set) var answers = 0
    private var submitted = 0
    private var watching: [() -> Bool] = []
    /// Increments without a ledger; exact only while regions stay where they are.
    var plainIncrements = true
    /// The longest wait between two batches.
    var pauseNanos: Int64 = 3_000_000

    init(_ client: ModelClient, rows count: Int) {
        self.client = client
        rows = [Row](repeating: Row(), count: count)
        watchOrder()
    }

    /// Puts of a row reach the table in the order in which they were submitted. What was written may be written again
    /// with what came after it: several puts go as one, which is sent again as a whole.
    private func watchOrder() {
        var last: [[UInt8]: Int64] = [:]
        var written: [[UInt8]: Set<Int64>] = [:]
        client.cluster.onWrite = { [weak self] cell in
            guard let self else { return }
            if cell.qualifier == Array("_s:0".utf8) {
                ledger[cell.row, default: []].append(number(cell.value) ?? -1)
            }
            guard cell.family == Array("f".utf8), let state = number(cell.value) else { return }
            let isNew = written[cell.row, default: []].insert(state).inserted
            if let before = last[cell.row], before > state, isNew {
                errors.append("state \(state) of a row was written after \(before)")
            }
            last[cell.row] = max(last[cell.row] ?? state, state)
        }
    }

    /// Does so many batches, at most `atOnce` unanswered.
    func run(batches: Int, atOnce: Int = 12, seconds: Int64 = 2_000) {
        let limit = client.transport.now + seconds * ModelClient.second
        for _ in 0..<batches {
            drain(to: atOnce - 1, limit)
            submitOne()
            let pause = Int64.random(in: 0...pauseNanos, using: &client.random)
            client.transport.run(forNanos: pause)
        }
        drain(to: 0, limit)
        if !watching.isEmpty {
            errors.append("\(watching.count) of \(submitted) batches were never answered")
        }
    }

    /// Goes on until no more than so many batches are unanswered.
    func drain(to most: Int, _ limit: Int64) {
        func settle() -> Bool {
            watching.removeAll { $0() }
            return watching.count <= most
        }
        while !settle(), client.transport.now < limit {
            client.transport.run(forNanos: 1_000_000)
        }
    }

    private func submitOne() {
        submitted += 1
        switch Int.random(in: 0..<10, using: &client.random) {
        case 0..<5: writeSome()
        case 5..<7: readSome()
        case 7: plainIncrements ? countSome() : writeSome()
        default: countByLedger()
        }
    }

    private func someRows() -> [Int] {
        let count = Int.random(in: 1...20, using: &client.random)
        return (0..<count).map { _ in Int.random(in: 0..<rows.count, using: &client.random) }
    }

    // MARK: Puts and deletes

    private func writeSome() {
        var done: [(row: Int, state: Int)] = []
        let chosen = someRows()
        let answer = client.mutate { builder in
            for row in chosen {
                time += 1
                let key = ModelClient.row(row)
                if Int.random(in: 0..<5, using: &client.random) == 0 {
                    builder.beginDelete(key)
                    builder.deleteFamily(Array("f".utf8), timestamp: time)
                    rows[row].states.append(nil)
                } else {
                    builder.beginPut(key)
                    for qualifier in ["a", "b"] {
                        builder.cell(
                            family: Array("f".utf8), qualifier: Array(qualifier.utf8),
                            value: bigEndian(Int64(rows[row].states.count)), timestamp: time)
                    }
                    rows[row].states.append(rows[row].states.count)
                }
                done.append((row, rows[row].states.count - 1))
            }
        }
        watch(answer) { [unowned self] results in
            if let error = results.firstError { errors.append("mutation: \(error)") }
            for (row, state) in done { rows[row].answered = max(rows[row].answered, state) }
        }
    }

    // MARK: Gets

    private func readSome() {
        let chosen = someRows()
        let known = chosen.map { rows[$0].answered }
        let read = ReadSpec(columns: [ReadSpec.Column(family: Array("f".utf8))])
        let answer = client.get(chosen.map { ModelClient.row($0) }, read: read)
        watch(answer) { [unowned self] results in
            for (i, row) in chosen.enumerated() { check(results, i, row, known[i]) }
        }
    }

    /// A get sees a state between the last one that was answered before it and the last one submitted.
    private func check(_ results: RowResults, _ index: Int, _ row: Int, _ known: Int) {
        if let error = results.error(ofKey: index) { return errors.append("get: \(error)") }
        var values: [Int64] = []
        results.forEachCell(ofKey: index) { cell in
            if cell.row.elementsEqual(ModelClient.row(row)) {
                values.append(number(Array(cell.value)) ?? -1)
            } else {
                errors.append("a cell of another row")
            }
        }
        guard values.isEmpty || values.count == 2 && values[0] == values[1] else {
            return errors.append("row \(row): torn: \(values)")
        }
        let state = values.first.map { Int($0) }
        if !rows[row].states[known...].contains(state) {
            errors.append(
                "row \(row): state \(String(describing: state)) of \(rows[row].states.count), known \(known)")
        }
    }

    // MARK: Increments

    private func countSome() {
        let chosen = someRows()
        let answer = client.mutate { builder in
            for row in chosen {
                builder.beginIncrement(ModelClient.row(row))
                builder.increment(family: Array("l".utf8), qualifier: Array("plain".utf8), by: 3)
                rows[row].counted += 3
            }
        }
        watch(answer) { [unowned self] results in
            if let error = results.firstError { errors.append("increment: \(error)") }
        }
    }

    /// Offsets grow from row to row's next; some are sent twice and must not count then.
    private func countByLedger() {
        let chosen = someRows()
        var repeated: [Int: Int64] = [:]
        let answer = client.mutate { builder in
            for (i, row) in chosen.enumerated() {
                let isRepeated =
                    rows[row].ledgerOffset >= 0 && Int.random(in: 0..<4, using: &client.random) == 0
                if isRepeated {
                    repeated[i] = rows[row].ledgerOffset
                } else {
                    rows[row].ledgerOffset += Int64.random(in: 1...5, using: &client.random)
                    rows[row].ledgerCounted += 7
                }
                builder.beginLedgerIncrement(ModelClient.row(row))
                builder.increment(family: Array("l".utf8), qualifier: Array("exact".utf8), by: 7)
                builder.endLedgerIncrement(
                    family: Array("l".utf8), qualifier: Array("_s:0".utf8), offset: rows[row].ledgerOffset)
            }
        }
        watch(answer) { [unowned self] results in
            if let error = results.firstError { errors.append("ledger: \(error)") }
            for (i, offset) in repeated where results.error(of: i) == nil && results.processed(i) {
                let written = ledger[ModelClient.row(chosen[i])] ?? []
                errors.append("ledger: offset \(offset) counted again: \(written), \(chosen)")
            }
        }
    }

    private func watch<Value>(
        _ answer: ModelClient.Answer<Value>, _ body: @escaping (Value) -> Void
    ) {
        var isSeen = false
        watching.append { [unowned self] in
            guard let value = answer.value else { return false }
            if !isSeen {
                isSeen = true
                answers += 1
                body(value)
            }
            if answer.count != 1 { errors.append("answered \(answer.count) times") }
            return true
        }
    }

    // MARK: The end

    /// Compares the table with the model.
    func checkTable() {
        let values = client.column("f", "a")
        let others = client.column("f", "b")
        let plain = client.column("l", "plain")
        let exact = client.column("l", "exact")
        for (i, row) in rows.enumerated() {
            let key = ModelClient.row(i)
            let expected = (row.states.last ?? nil).map { Int64($0) }
            if number(values[key]) != expected || number(others[key]) != expected {
                errors.append(
                    "row \(i): \(String(describing: number(values[key]))), not \(String(describing: expected))"
                )
            }
            if number(plain[key]) ?? 0 != row.counted {
                errors.append("row \(i): counted \(number(plain[key]) ?? 0), not \(row.counted)")
            }
            if number(exact[key]) ?? 0 != row.ledgerCounted {
                errors.append("row \(i): ledger \(number(exact[key]) ?? 0), not \(row.ledgerCounted)")
            }
        }
        if values.count != rows.filter({ ($0.states.last ?? nil) != nil }).count {
            errors.append("rows that nobody wrote")
        }
    }
}
