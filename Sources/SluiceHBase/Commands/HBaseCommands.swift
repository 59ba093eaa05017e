public import SluiceBase
public import SluiceTableStore

/// The verbs of `sluice hbase` on the embedded store. Each gives its output line by line, as text like
/// HBase's shell or, with `isJSON`, one JSON object a line.
///
/// Row keys, qualifiers and values are written with `\xNN` for bytes that are not printable ASCII, and
/// read the same way.
public struct HBaseCommands: Sendable {
    public let store: TableStore
    public let isJSON: Bool

    public init(store: TableStore, isJSON: Bool = false) {
        self.store = store
        self.isJSON = isJSON
    }

    public typealias Emit = (String) throws(SQLError) -> Void

    // MARK: Tables

    /// The tables; with a pattern those whose names contain it.
    public func list(matching pattern: String? = nil, _ emit: Emit) throws(SQLError) {
        var count = 0
        for name in try store.list() {
            if let pattern, !name.description.contains(pattern) { continue }
            count += 1
            if isJSON {
                var line = JSONLine()
                line.add("table", name.description)
                line.add("families", try store.table(name).descriptor().families.map(\.name))
                try emit(line.text)
            } else {
                try emit(name.description)
            }
        }
        if !isJSON { try emit("\(count) table(s)") }
    }

    /// Each family is `name` or `name,VERSIONS=3,TTL=86400`.
    public func create(_ table: String, families: [String], _ emit: Emit) throws(SQLError) {
        var list: [HBaseFamilyDescriptor] = []
        for text in families { list.append(try parseFamily(text)) }
        let name = try HBaseTableName(table)
        try store.create(HBaseTableDescriptor(name: name, families: list))
        try done("created", name, emit)
    }

    private func parseFamily(_ text: String) throws(SQLError) -> HBaseFamilyDescriptor {
        let parts = text.split(separator: ",").map(String.init)
        var family = try HBaseFamilyDescriptor(parts.first ?? "")
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else {
                throw SQLError(
                    .tableStore, "\"\(part)\" is no attribute of the family \"\(family.name)\"",
                    hint: "write NAME=VALUE, as in \(family.name),VERSIONS=3")
            }
            try family.set(String(part[..<equals]), to: String(part[part.index(after: equals)...]))
        }
        return family
    }

    public func describe(_ table: String, _ emit: Emit) throws(SQLError) {
        let stored = try open(table)
        let descriptor = try stored.descriptor()
        if isJSON {
            for family in descriptor.families {
                var line = JSONLine()
                line.add("table", descriptor.name.description)
                line.add("family", family.name)
                for attribute in family.attributes { line.add(attribute.name, attribute.value) }
                try emit(line.text)
            }
            return
        }
        try emit("Table \(descriptor.name)")
        for family in descriptor.families {
            let attributes = family.attributes.map { "\($0.name) => '\($0.value)'" }.joined(separator: ", ")
            try emit("{NAME => '\(family.name)', \(attributes)}")
        }
        let guess = try TableGuess(stored)
        try emit("")
        try emit("-- a guess from \(guess.rowCount) row(s); check the types")
        for line in guess.statement { try emit(line) }
    }

    public func drop(_ table: String, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        try store.drop(name)
        try done("dropped", name, emit)
    }

    public func truncate(_ table: String, _ emit: Emit) throws(SQLError) {
        try open(table).truncate()
        try done("truncated", HBaseTableName(table), emit)
    }

    /// Removes what no reader can see any more.
    public func compact(_ table: String, _ emit: Emit) throws(SQLError) {
        let report = try open(table).compact()
        if isJSON {
            var line = JSONLine()
            line.add("kept", Int64(report.kept))
            line.add("removed", Int64(report.removed))
            try emit(line.text)
        } else {
            try emit("\(report.kept) cell(s) kept, \(report.removed) removed")
        }
    }

    private func done(_ what: String, _ name: HBaseTableName, _ emit: Emit) throws(SQLError) {
        if isJSON {
            var line = JSONLine()
            line.add(what, name.description)
            try emit(line.text)
        } else {
            try emit("\(what) table \(name)")
        }
    }

    func open(_ table: String) throws(SQLError) -> StoredTable { try store.table(HBaseTableName(table)) }
}
