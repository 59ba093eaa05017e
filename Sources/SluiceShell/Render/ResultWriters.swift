import SluiceBase
import SluiceColumns

/// Makes the writer of a format.
enum ResultWriters {
    static func make(_ output: OutputStream, _ options: RenderOptions) -> any ResultWriter {
        switch options.format {
        case .csv, .tsv: return DelimitedWriter(output, options)
        case .jsonl, .json: return JSONResultWriter(output, options)
        case .box: return GridWriter(output, options, style: options.isUnicode ? .box : .plainBox)
        case .table: return GridWriter(output, options, style: .tableau)
        case .markdown: return GridWriter(output, options, style: .markdown)
        case .vertical: return VerticalWriter(output, options)
        case .html: return HTMLWriter(output, options)
        }
    }
}
