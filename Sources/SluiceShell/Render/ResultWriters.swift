import SluiceBase
import SluiceColumns

/// Makes the writer of a format.
enum ResultWriters {
    static func make(_ output: OutputStream, _ options: RenderOptions) -> any ResultWriter {
        switch options.format {
        case .csv, .tsv: return DelimitedWriter(output, options)
        case .jsonl, .json: return JSONResultWriter(output, options)
        default: return JSONResultWriter(output, options)
        }
    }
}
