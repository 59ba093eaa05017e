import SluiceBase

/// Looked up rows and misses of one subtask, bounded by number and age. The oldest entry leaves first.
final class LookupCache {
    struct Entry {
        var isFound: Bool
        /// The cells by column; nil = no cell.
        var values: [[UInt8]?]
    }

    private struct Held {
        var entry: Entry
        var written: Int64
        var accessed: Int64
        /// Tells this entry from an earlier one of the same key in the queue.
        var generation: UInt64
    }

    private let options: HBaseOptions.CacheOptions
    private let clock: any Clock
    private var held: [[UInt8]: Held] = [:]
    private var queue: [(key: [UInt8], generation: UInt64)] = []
    private var head = 0
    private var generation: UInt64 = 0

    init(_ options: HBaseOptions.CacheOptions, clock: any Clock) {
        self.options = options
        self.clock = clock
    }

    private var nowMillis: Int64 { clock.monotonicNanos() / 1_000_000 }

    func find(_ key: ArraySlice<UInt8>) -> Entry? {
        let key = Array(key)
        guard var found = held[key] else { return nil }
        let now = nowMillis
        if let limit = options.expireAfterWriteMillis, now - found.written >= limit {
            held[key] = nil
            return nil
        }
        if let limit = options.expireAfterAccessMillis {
            if now - found.accessed >= limit {
                held[key] = nil
                return nil
            }
            found.accessed = now
            held[key] = found
        }
        return found.entry
    }

    func insert(_ key: ArraySlice<UInt8>, _ entry: Entry) {
        guard entry.isFound || options.keepsMissingKeys else { return }
        let key = Array(key)
        let now = nowMillis
        generation += 1
        held[key] = Held(entry: entry, written: now, accessed: now, generation: generation)
        queue.append((key, generation))
        let limit = options.maxRows ?? .max
        while held.count > limit && head < queue.count { dropOldest() }
        if head > 1024 && head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
    }

    private func dropOldest() {
        let (key, generation) = queue[head]
        head += 1
        if held[key]?.generation == generation { held[key] = nil }
    }
}
