public import SluiceConnect

extension FormatRegistry {
    /// The formats that this program has.
    public static let standard = FormatRegistry([JSONFormat(), CSVFormat(), RawFormat(), DebeziumFormat()])
}
