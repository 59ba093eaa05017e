import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFormats

/// Decoders and encoders alone, over a file in memory, one thread.
enum DecoderBench: String, CaseIterable {
    /// auction, price and dateTime of seven fields.
    case decode3
    /// All seven fields, texts as views.
    case decode7
    /// auction alone.
    case decode1
    /// All seven fields back into text.
    case encode

    private static let maxRows = 4096

    private func projection(_ schema: Schema) -> [Int] {
        switch self {
        case .decode3: return [0, 2, 5]
        case .decode1: return [0]
        case .decode7, .encode: return Array(schema.indices)
        }
    }

    /// nil: the file cannot be read or decoded.
    func run(_ path: String) -> String? {
        guard let (piece, count) = DecoderBench.load(path) else { return nil }
        let format: any Format = path.hasSuffix(".csv") ? CSVFormat() : JSONFormat()
        let schema = BidQuery.bids
        let projection = projection(schema)
        let options = FormatOptions(values: TableOptions())
        guard let decoder = try? format.makeDecoder(fields: schema, projection: projection, options),
            let encoder = try? format.makeEncoder(fields: schema, options)
        else { return nil }
        let builder = BatchBuilder(projection.map { schema[$0] }, capacity: DecoderBench.maxRows)
        var out = ByteScratch(capacity: 1 << 20)
        var rows = 0
        var used = 0
        var nanos: Int64 = 0
        while used < count {
            let before = DecoderBench.threadNanos()
            guard let progress = try? decode(decoder, piece, used, count, builder), progress > 0 else {
                return nil
            }
            let between = DecoderBench.threadNanos()
            let batch = builder.finish()
            used += progress
            rows += batch.rowCount
            if self == .encode {
                let start = DecoderBench.threadNanos()
                out.removeAll()
                guard (try? encoder.encode(batch, into: &out)) != nil else { return nil }
                nanos += DecoderBench.threadNanos() - start
            } else {
                nanos += between - before
            }
        }
        let perRow = Double(nanos) / Double(max(rows, 1))
        let rate = (1000 / perRow * 100).rounded() / 100
        let speed = (Double(count) / Double(nanos) * 100).rounded() / 100
        return
            "\(rawValue): \(rows) rows, \((perRow * 10).rounded() / 10) ns a row, \(rate) M rows/s, \(speed) GB/s"
    }

    private func decode(
        _ decoder: any RowDecoder, _ piece: Buffer, _ start: Int, _ count: Int, _ builder: BatchBuilder
    ) throws(MalformedRow) -> Int {
        // Pieces as the source has them.
        let length = min(count - start, 2 << 20)
        return try decoder.decode(
            piece, start: start, count: length, last: start + length == count, into: builder,
            maxRows: DecoderBench.maxRows
        ).bytes
    }

    private static func load(_ path: String) -> (Buffer, Int)? {
        let disk = SystemDisk()
        guard let status = try? disk.status(path), let file = try? disk.open(path, .read) else { return nil }
        let piece = Buffer(byteCount: Int(status.size))
        var count = 0
        while count < piece.byteCount {
            let room = UnsafeMutableRawBufferPointer(
                start: piece.base + count, count: piece.byteCount - count)
            guard let more = try? file.read(room), more > 0 else { break }
            count += more
        }
        return (piece, count)
    }

    private static func threadNanos() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
