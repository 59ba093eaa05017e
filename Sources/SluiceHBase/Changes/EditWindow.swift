/// Sorts out edits that come a second time, as after an answer that got lost (C7): region, sequence and part tell them.
///
/// Remembers the last edits only. A source repeats what it has not heard of, which is at most some batches; an edit that
/// is older than the window and comes again passes, and changes no row image, because its cells are known by then.
struct EditWindow {
    private struct Key: Hashable {
        var region: Int
        var sequence: Int64
        var part: Int32
    }

    private let limit: Int
    private var numbers: [String: Int] = [:]
    private(set) var regions: [String] = []
    private var known: Set<Key> = []
    private var order: [Key] = []
    private var oldest = 0
    private(set) var repeated = 0

    init(limit: Int = 65_536) { self.limit = max(1, limit) }

    /// A number for a region that stays the same from batch to batch.
    mutating func number(_ region: String) -> Int {
        if let number = numbers[region] { return number }
        numbers[region] = regions.count
        regions.append(region)
        return regions.count - 1
    }

    /// False: this edit was here before.
    mutating func insert(region: Int, sequence: Int64, part: Int32) -> Bool {
        let key = Key(region: region, sequence: sequence, part: part)
        guard known.insert(key).inserted else {
            repeated += 1
            return false
        }
        if order.count < limit {
            order.append(key)
        } else {
            known.remove(order[oldest])
            order[oldest] = key
            oldest = (oldest + 1) % limit
        }
        return true
    }

    var byteCount: Int { order.capacity * MemoryLayout<Key>.stride * 3 }
}
