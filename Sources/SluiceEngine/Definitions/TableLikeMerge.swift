import SluiceBase
import SluiceCatalog
import SluiceSyntax

/// CREATE TABLE … LIKE: what the new table takes over from the old one.
struct TableLikeMerge {
    private var strategies: [TableLike.Feature: TableLike.Strategy]
    private let span: SourceSpan

    /// Flink's rules: everything is included, options are overwritten, a named feature comes before ALL.
    init(_ like: TableLike) throws(SQLError) {
        span = like.source.span
        var all: TableLike.Strategy?
        var named: [TableLike.Feature: TableLike.Strategy] = [:]
        for option in like.options {
            if option.feature == .all {
                all = option.strategy
                continue
            }
            if named[option.feature] != nil {
                throw SQLError(
                    .invalidDefinition, "\(option.feature.rawValue) stands twice in the LIKE clause",
                    span: span)
            }
            named[option.feature] = option.strategy
        }
        strategies = [:]
        for feature in TableLike.Feature.allCases where feature != .all {
            let standard: TableLike.Strategy = feature == .options ? .overwriting : .including
            strategies[feature] = named[feature] ?? all ?? standard
        }
    }

    private func takes(_ feature: TableLike.Feature) -> Bool { strategies[feature] != .excluding }

    /// The new table's own parts come after the old one's.
    func merged(_ own: TableEntry, from base: TableEntry) throws(SQLError) -> TableEntry {
        var result = own
        result.columns = try columns(own, base)
        result.options = try options(own.options, base.options)
        if takes(.watermarks), let watermark = base.watermark {
            if own.watermark == nil {
                result.watermark = watermark
            } else if strategies[.watermarks] == .including {
                throw conflict("a watermark", "OVERWRITING WATERMARKS")
            }
        }
        if takes(.constraints), let key = base.primaryKey {
            if own.primaryKey != nil { throw conflict("a primary key", "EXCLUDING CONSTRAINTS") }
            result.primaryKey = key
        }
        if takes(.partitions), !base.partitionKeys.isEmpty {
            if !own.partitionKeys.isEmpty { throw conflict("partitions", "EXCLUDING PARTITIONS") }
            result.partitionKeys = base.partitionKeys
        }
        if takes(.distribution), let distribution = base.distribution {
            if own.distribution != nil { throw conflict("a distribution", "EXCLUDING DISTRIBUTION") }
            result.distribution = distribution
        }
        return result
    }

    private func columns(_ own: TableEntry, _ base: TableEntry) throws(SQLError) -> [ColumnEntry] {
        var columns: [ColumnEntry] = []
        for column in base.columns {
            switch column.kind {
            case .physical: columns.append(column)
            case .computed where takes(.generated): columns.append(column)
            case .metadata where takes(.metadata): columns.append(column)
            case .computed, .metadata: break
            }
        }
        for column in own.columns {
            guard let index = columns.firstIndex(where: { $0.name == column.name }) else {
                columns.append(column)
                continue
            }
            let old = columns[index].kind
            switch (old, column.kind) {
            case (.computed, .computed) where strategies[.generated] == .overwriting,
                (.metadata, .metadata) where strategies[.metadata] == .overwriting:
                columns[index] = column
            default:
                throw SQLError(
                    .duplicateName, "column \"\(column.name)\" exists already in table \"\(base.name)\"",
                    span: span)
            }
        }
        return columns
    }

    private func options(_ own: OptionMap, _ base: OptionMap) throws(SQLError) -> OptionMap {
        guard takes(.options) else { return own }
        var options = base
        for entry in own.entries {
            if strategies[.options] == .including, let old = base[entry.key], old != entry.value {
                throw conflict("option \"\(entry.key)\"", "OVERWRITING OPTIONS")
            }
            options[entry.key] = entry.value
        }
        return options
    }

    private func conflict(_ what: String, _ way: String) -> SQLError {
        SQLError(
            .invalidDefinition, "both tables of LIKE have \(what)", span: span, hint: "write LIKE … (\(way))")
    }
}
