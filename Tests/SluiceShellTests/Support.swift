import Glibc
import SluiceBase
import SluiceColumns

@testable import SluiceShell

/// Renders rows and gives back what was written.
func rendered(_ schema: Schema, _ rows: [[Datum]], kinds: [RowKind] = [], _ options: RenderOptions) -> String
{
    written { output in
        let writer = ResultWriters.make(output, options)
        writer.begin(schema, showsKind: !kinds.isEmpty)
        writer.write(batch(schema, rows, kinds))
        if options.isLive { writer.flush() }
        writer.end()
    }
}

func batch(_ schema: Schema, _ rows: [[Datum]], _ kinds: [RowKind] = []) -> RecordBatch {
    let builder = BatchBuilder(schema, capacity: rows.count)
    for row in rows { builder.appendRow(row) }
    let made = builder.finish()
    guard !kinds.isEmpty else { return made }
    return RecordBatch(columns: made.columns, rowCount: made.rowCount, rowKinds: FixedColumn(kinds))
}

/// What `body` writes into a stream.
func written(_ body: (OutputStream) -> Void) -> String {
    guard let file = tmpfile() else { return "no temporary file" }
    defer { fclose(file) }
    let output = OutputStream(descriptor: fileno(file))
    body(output)
    lseek(fileno(file), 0, SEEK_SET)
    let descriptor = SystemFile(fileno(file), path: "a temporary file", closes: false)
    return (try? TextFile.read(descriptor)) ?? "not readable"
}
