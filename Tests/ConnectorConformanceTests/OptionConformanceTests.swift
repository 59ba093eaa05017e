import SluiceBase
import SluiceConnect
import Testing

@Suite("H27 options of every connector", .serialized)
struct OptionConformanceTests {
    private func refusal(_ bench: ConformanceBench, _ table: ResolvedTable) -> SQLError? {
        do throws(SQLError) {
            try bench.connector.validate(table)
            return nil
        } catch {
            return error
        }
    }

    @Test("H27 the working table is accepted", arguments: ConformanceSubject.all)
    func accepted(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        #expect(refusal(bench, bench.table()) == nil)
        #expect(refusal(bench, bench.table(isSink: true)) == nil)
    }

    @Test(
        "H27 an unknown option is refused by name, with the nearest known one",
        arguments: ConformanceSubject.all)
    func unknown(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let error = try #require(refusal(bench, bench.table(["no.such-option": "1"])))
        #expect(error.code == .connectorOption)
        #expect(error.message.contains("'no.such-option'"))
        guard
            let known = bench.connector.options.first(where: {
                $0.key.utf8.count > 4 && !$0.key.hasSuffix("*")
            })
        else { return }
        let near = String(known.key.dropLast()) + "x"
        let second = try #require(refusal(bench, bench.table([near: "1"])))
        #expect("\(second.label ?? "") \(second.hint ?? "")".contains(known.key))
    }

    @Test("H27 a value of the wrong kind is refused by its option's name", arguments: ConformanceSubject.all)
    func wrongKind(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        for spec in bench.connector.options where !spec.key.hasSuffix("*") {
            if case .string = spec.kind { continue }
            let error = refusal(bench, bench.table([spec.key: "§ nonsense"]))
            #expect(error?.code == .connectorOption, "\(spec.key)")
            #expect(
                error?.message.contains("'\(spec.key)'") == true,
                "\(spec.key): \(error?.message ?? "accepted")")
        }
    }

    @Test("H27 a missing required option is named", arguments: ConformanceSubject.all)
    func missing(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        for spec in bench.connector.options where spec.isRequired && spec.key != "connector" {
            let error = try #require(refusal(bench, bench.table([spec.key: nil])))
            #expect(error.code == .connectorOption)
            #expect(error.message.contains("'\(spec.key)'"))
        }
    }

    @Test("H27 options and metadata are described once, in one line", arguments: ConformanceSubject.all)
    func described(subject: ConformanceSubject) throws {
        let connector = try subject.make().connector
        let keys = connector.options.map(\.key)
        #expect(Set(keys).count == keys.count)
        for spec in connector.options {
            #expect(
                !spec.summary.isEmpty && !spec.summary.contains("\n") && !spec.summary.hasSuffix("."),
                "\(spec.key)")
        }
        #expect(Set(connector.metadata.map(\.name)).count == connector.metadata.count)
        #expect(!connector.names.isEmpty)
    }

    @Test("H27 what a connector cannot do is refused, not tried", arguments: ConformanceSubject.all)
    func capabilities(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let all = Array(bench.columns.indices)
        #expect((try bench.connector.sourceTraits(bench.table()) != nil) == bench.reads)
        let table = bench.table(isSink: true)
        #expect((try bench.connector.sinkTraits(table, input: .appendOnly) != nil) == bench.writes)
        if !bench.reads {
            #expect(throws: SQLError.self) {
                try bench.connector.makeSource(table, ScanRequest(projection: all))
            }
        }
        if !bench.writes {
            #expect(throws: SQLError.self) {
                try bench.connector.makeSink(table, SinkRequest(columns: all, input: .appendOnly))
            }
        }
    }
}
