public import SluiceBase
import SluiceColumns
public import SluiceConnect

/// `print`: rows as `+I[1, abc]` on standard output.
public struct PrintConnector: Connector {
    public let names = ["print"]
    public let options: [OptionSpec] = [
        OptionSpec("print-identifier", .string, "stands before every row"),
        OptionSpec("standard-error", .boolean, default: "false", "write to standard error instead"),
    ]
    /// The stream; true: standard error.
    private let output: @Sendable (Bool) -> any DiskFile

    public init(
        output: @escaping @Sendable (Bool) -> any DiskFile = { isError in
            SystemFile(isError ? 2 : 1, path: isError ? "standard error" : "standard output", closes: false)
        }
    ) {
        self.output = output
    }

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        try OptionCheck.check(table, options)
    }

    public func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        SinkTraits(accepts: .retract)
    }

    public func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        PrintSink(
            columns: request.columns, types: table.columns.map(\.type),
            identifier: table.options["print-identifier"],
            isError: try table.options.bool("standard-error", default: false), output: output)
    }

    private struct PrintSink: Sink {
        let columns: [Int]
        let types: [DataType]
        let identifier: String?
        let isError: Bool
        let output: @Sendable (Bool) -> any DiskFile

        func open(
            subtask: Int, of parallelism: Int, _ context: ConnectorContext
        ) throws(JobError) -> any SinkWriter {
            var prefix = identifier ?? ""
            if parallelism > 1 { prefix += (prefix.isEmpty ? "" : ":") + String(subtask + 1) }
            return PrintWriter(
                prefix: prefix.isEmpty ? "" : prefix + "> ", columns: columns, types: types,
                file: output(isError))
        }
    }
}

/// Writes whole lines, batch by batch.
final class PrintWriter: SinkWriter {
    private let prefix: String
    private let columns: [Int]
    private let types: [DataType]
    private let file: any DiskFile
    private var text = JavaText()
    private var scratch = ByteScratch(capacity: 16 * 1024)

    init(prefix: String, columns: [Int], types: [DataType], file: any DiskFile) {
        self.prefix = prefix
        self.columns = columns
        self.types = types
        self.file = file
    }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        for row in 0..<batch.rowCount {
            scratch.append(prefix)
            scratch.append(batch.kind(row).symbol)
            scratch.append(UInt8(ascii: "["))
            for column in types.indices {
                if column > 0 { scratch.append(", " as StaticString) }
                let value = columns.firstIndex(of: column).map { batch.columns[$0].datum(row) } ?? .null
                text.append(value, types[column], to: &scratch)
            }
            scratch.append("]\n" as StaticString)
        }
        try flush()
        return nil
    }

    func flush() throws(JobError) {
        guard scratch.count > 0 else { return }
        defer { scratch.removeAll() }
        do throws(DiskError) {
            try file.write(scratch.bytes)
        } catch {
            if error.isBrokenPipe { throw JobError(SQLError(.outputClosed, "standard output was closed")) }
            throw JobError(error.sqlError, domain: .external)
        }
    }

    func finish() throws(JobError) { try flush() }
    func close() {}
}
