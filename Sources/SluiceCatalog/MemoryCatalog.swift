public import SluiceBase

/// A catalog that lives as long as the process, with `default_catalog` and `default_database`.
public final class MemoryCatalog: StorageBackedCatalog {
    private let storage: Lock<MemoryStorage>

    public init() { storage = Lock(MemoryStorage.initial) }

    public func read<Result>(
        _ body: (MemoryStorage) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        let state = storage.withLock { $0 }
        return try body(state)
    }

    public func write(
        _ record: ChangeRecord, _ body: (inout MemoryStorage) throws(SQLError) -> Bool
    ) throws(SQLError) -> Bool {
        try storage.withLock { (current: inout MemoryStorage) throws(SQLError) -> Bool in
            var next = current
            let changed = try body(&next)
            current = next
            return changed
        }
    }
}

/// The catalog of one run of a job file: changes stay in memory, what they do not name comes from the catalog
/// below, which is never changed.
public final class LayeredCatalog: StorageBackedCatalog {
    private let storage: Lock<LayerStorage>

    public init(over base: any Catalog) { storage = Lock(LayerStorage(over: base)) }

    public func read<Result>(
        _ body: (LayerStorage) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        let state = storage.withLock { $0 }
        return try body(state)
    }

    public func write(
        _ record: ChangeRecord, _ body: (inout LayerStorage) throws(SQLError) -> Bool
    ) throws(SQLError) -> Bool {
        try storage.withLock { (current: inout LayerStorage) throws(SQLError) -> Bool in
            var next = current
            let changed = try body(&next)
            current = next
            return changed
        }
    }
}
