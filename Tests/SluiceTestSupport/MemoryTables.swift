package import SluiceBase
import SluiceColumns
package import SluiceConnect

/// Bounded tables whose rows a test gave as batch text. Connector name: `memory`; tables are told apart by their
/// last name.
///
/// Options: `changelog` (`I,UB,UA,D`; without it rows are inserts only). A line `wait 50` in the text makes the reader pause
/// for so many milliseconds.
package final class MemoryTables: Connector {
    package let names = ["memory"]
    package let options: [OptionSpec] = [OptionSpec("changelog", .string, "row kinds, such as I,UA,D")]
    private let texts = Lock<[String: String]>([:])

    package init() {}

    package func set(_ table: String, _ text: String) { texts.withLock { $0[table] = text } }

    package func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        guard let text = table.options["changelog"] else { return SourceTraits(isBounded: true) }
        var mode: ChangelogMode = []
        for part in text.split(separator: ",") {
            switch part {
            case "I": mode.insert(.insert)
            case "UB": mode.insert(.updateBefore)
            case "UA": mode.insert(.updateAfter)
            case "D": mode.insert(.delete)
            default: throw table.options.wrong("changelog", text, "a list of I, UB, UA and D")
            }
        }
        return SourceTraits(isBounded: true, changelog: mode)
    }

    package func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        let name = table.name.split(separator: ".").last.map(String.init) ?? table.name
        guard let text = texts.withLock({ $0[name] }) else {
            throw SQLError(.unknownTable, "table \"\(name)\" has no input")
        }
        return MemorySource(schema: table.schema, projection: scan.projection, text: text)
    }
}

/// One split that reads the text from top to bottom.
struct MemorySource: Source {
    let schema: Schema
    let projection: [Int]
    let text: String

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        [SourceSplit(id: "0")]
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        Reader(self, context.clock)
    }

    /// Splits the text at its pauses.
    final class Reader: SplitReader {
        private let source: MemorySource
        private let clock: any Clock
        private var lines: ArraySlice<String>
        private var deadline: Int64?

        init(_ source: MemorySource, _ clock: any Clock) {
            self.source = source
            self.clock = clock
            lines = BatchText.lines(source.text)[...]
        }

        func poll(maxRows: Int) throws(JobError) -> Polled {
            guard let first = lines.first else { return .finished }
            if first.hasPrefix("wait ") {
                let millis = Int64(first.dropFirst(5)) ?? 0
                let until = deadline ?? clock.monotonicNanos() + millis * 1_000_000
                deadline = until
                if clock.monotonicNanos() < until { return .wait(.at(nanos: until)) }
                deadline = nil
                lines.removeFirst()
                return try poll(maxRows: maxRows)
            }
            let run = lines.prefix(maxRows).prefix { !$0.hasPrefix("wait ") }
            lines.removeFirst(run.count)
            let batch = BatchText.parseOne(run.joined(separator: "\n"), source.schema)
            return .rows(batch.with(columns: source.projection.map { batch.columns[$0] }))
        }

        func position() -> [UInt8] { [] }
        func close() {}
    }
}
