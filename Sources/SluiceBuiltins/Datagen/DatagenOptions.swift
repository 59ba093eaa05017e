import SluiceBase
import SluiceConnect

/// The options of one column.
struct DatagenOptions {
    let options: TableOptions
    let prefix: String

    init(_ options: TableOptions, _ prefix: String) {
        self.options = options
        self.prefix = prefix
    }

    var keys: [String] {
        ["kind", "min", "max", "length", "var-len", "max-past", "null-rate", "start", "end"].map {
            "\(prefix).\($0)"
        }
    }

    func integer(_ name: String) throws(SQLError) -> Int64? {
        guard let text = options["\(prefix).\(name)"] else { return nil }
        guard let value = Int64(text) else { throw options.wrong("\(prefix).\(name)", text, "an integer") }
        return value
    }

    func double(_ name: String) throws(SQLError) -> Double? {
        guard let text = options["\(prefix).\(name)"] else { return nil }
        guard let value = Double(text), value.isFinite else {
            throw options.wrong("\(prefix).\(name)", text, "a number")
        }
        return value
    }

    func flag(_ name: String) throws(SQLError) -> Bool {
        try options.bool("\(prefix).\(name)", default: false)
    }

    func duration(_ name: String) throws(SQLError) -> Int64? { try options.duration("\(prefix).\(name)") }
}
