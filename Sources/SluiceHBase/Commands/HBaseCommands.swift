public import SluiceBase
public import SluiceTableStore

/// The verbs of `sluice hbase` on the embedded store or a cluster. Each gives its output line by line, as text like
/// HBase's shell or, with `isJSON`, one JSON object a line.
///
/// Row keys, qualifiers and values are written with `\xNN` for bytes that are not printable ASCII, and
/// read the same way.
public struct HBaseCommands: Sendable {
    let verbs: any TableVerbs
    public let isJSON: Bool

    public init(store: TableStore, isJSON: Bool = false) {
        self.init(EmbeddedVerbs(store: store), isJSON: isJSON)
    }

    init(_ verbs: any TableVerbs, isJSON: Bool) {
        self.verbs = verbs
        self.isJSON = isJSON
    }

    public typealias Emit = (String) throws(SQLError) -> Void

    // MARK: Tables

    /// The tables; with a pattern those whose names contain it.
    public func list(matching pattern: String? = nil, _ emit: Emit) throws(SQLError) {
        var count = 0
        for name in try verbs.tables() {
            if let pattern, !name.description.contains(pattern) { continue }
            count += 1
            if isJSON {
                var line = JSONLine()
                line.add("table", name.description)
                line.add("families", try verbs.families(name).map(\.name))
                try emit(line.text)
            } else {
                try emit(name.description)
            }
        }
        if !isJSON { try emit("\(count) table(s)") }
    }

    /// Each family is `name` or `name,VERSIONS=3,TTL=86400`.
    /// The table begins with a region more than it has split keys.
    public func create(
        _ table: String, families: [String], splits: [String] = [], _ emit: Emit
    ) throws(SQLError) {
        var list: [FamilyRequest] = []
        for text in families { list.append(try parseFamily(text)) }
        let name = try HBaseTableName(table)
        let keys = splits.map { HBaseBytes.parsePrintable($0) }
        for (index, key) in keys.enumerated() {
            let isAfter = index == 0 ? !key.isEmpty : keys[index - 1].lexicographicallyPrecedes(key)
            guard isAfter else {
                throw SQLError(
                    .tableStore, "the split key \"\(splits[index])\" is empty or not behind the one before")
            }
        }
        try verbs.create(name, list, splits: keys)
        try done("created", name, emit)
    }

    /// Each family is `name` or `name,VERSIONS=3`: added, or changed where it is there.
    public func alter(
        _ table: String, families: [String], dropped: [String] = [], _ emit: Emit
    ) throws(SQLError) {
        let name = try HBaseTableName(table)
        var list: [FamilyRequest] = []
        for text in families { list.append(try parseFamily(text)) }
        guard !list.isEmpty || !dropped.isEmpty else {
            throw SQLError(
                .tableStore, "nothing of table \"\(name)\" is to be altered",
                hint: "name a family to add or change, as in f,VERSIONS=3, or one to --drop")
        }
        try verbs.alter(name, list, dropped: dropped)
        try done("altered", name, emit)
    }

    private func parseFamily(_ text: String) throws(SQLError) -> FamilyRequest {
        let parts = text.split(separator: ",").map(String.init)
        var family = FamilyRequest(descriptor: try HBaseFamilyDescriptor(parts.first ?? ""))
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else {
                throw SQLError(
                    .tableStore, "\"\(part)\" is no attribute of the family \"\(family.descriptor.name)\"",
                    hint: "write NAME=VALUE, as in \(family.descriptor.name),VERSIONS=3")
            }
            let (name, value) = (String(part[..<equals]), String(part[part.index(after: equals)...]))
            try family.descriptor.set(name, to: value)
            family.given.append((name.uppercased(), value))
        }
        return family
    }

    /// With `ddlOnly` just the CREATE TABLE statement that would fit.
    public func describe(_ table: String, ddlOnly: Bool = false, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        if ddlOnly {
            for line in try TableGuess(verbs, name).statement { try emit(line) }
            return
        }
        let families = try verbs.families(name)
        if isJSON {
            for family in families {
                var line = JSONLine()
                line.add("table", name.description)
                line.add("family", family.name)
                for attribute in family.attributes { line.add(attribute.name, attribute.value) }
                try emit(line.text)
            }
            return
        }
        try emit("Table \(name)")
        for family in families {
            let attributes = family.attributes.map { "\($0.name) => '\($0.value)'" }.joined(separator: ", ")
            try emit("{NAME => '\(family.name)', \(attributes)}")
        }
        let guess = try TableGuess(verbs, name)
        try emit("")
        try emit("-- a guess from \(guess.rowCount) row(s); check the types")
        for line in guess.statement { try emit(line) }
    }

    public func drop(_ table: String, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        try verbs.drop(name)
        try done("dropped", name, emit)
    }

    public func truncate(_ table: String, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        try verbs.truncate(name)
        try done("truncated", name, emit)
    }

    /// Removes what no reader can see any more.
    public func compact(_ table: String, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        guard let report = try verbs.compact(name) else { return try done("compacting", name, emit) }
        if isJSON {
            var line = JSONLine()
            line.add("kept", Int64(report.kept))
            line.add("removed", Int64(report.removed))
            try emit(line.text)
        } else {
            try emit("\(report.kept) cell(s) kept, \(report.removed) removed")
        }
    }

    func done(_ what: String, _ name: HBaseTableName, _ emit: Emit) throws(SQLError) {
        if isJSON {
            var line = JSONLine()
            line.add(what, name.description)
            try emit(line.text)
        } else {
            try emit("\(what) table \(name)")
        }
    }
}
