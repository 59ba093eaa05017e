/// Tells entries that have come before from new ones (C7). Sources ship entries again after lost answers, restarts and
/// crashes, perhaps cut into other requests, so an entry is known by its region and sequence number alone.
///
/// Per region the last `width` numbers are remembered. What is older than all of them is a repetition where shipping
/// is serial, because everything before it has come; otherwise nobody can tell, and it passes: once too often is
/// better than lost.
public struct ShipmentWindow: Sendable {
    fileprivate struct Region: Sendable {
        var highest: UInt64
        /// Ascending, at most twice the width.
        var recent: [UInt64]
        /// Everything up to here has left `recent`.
        var floor: UInt64
    }

    public let isSerial: Bool
    public let width: Int
    private var regions: [[UInt8]: Region] = [:]

    public init(isSerial: Bool, width: Int = 4096) {
        self.isSerial = isSerial
        self.width = max(width, 1)
    }

    public var regionCount: Int { regions.count }

    /// Whether the entry is new; it is remembered.
    public mutating func insert(_ region: [UInt8], _ sequence: UInt64) -> Bool {
        guard regions[region] != nil else {
            regions[region] = Region(highest: sequence, recent: [sequence], floor: 0)
            return true
        }
        return regions[region]?.insert(sequence, width, isSerial) ?? true
    }

    /// Whether the entry has come before.
    public func contains(_ region: [UInt8], _ sequence: UInt64) -> Bool {
        regions[region]?.contains(sequence, isSerial) ?? false
    }
}

extension ShipmentWindow.Region {
    /// Where the number stands in `recent`, or would.
    private func place(_ sequence: UInt64) -> Int {
        var low = 0
        var high = recent.count
        while low < high {
            let middle = (low + high) / 2
            if recent[middle] < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    fileprivate func contains(_ sequence: UInt64, _ isSerial: Bool) -> Bool {
        if sequence > highest { return false }
        if sequence <= floor { return isSerial }
        let place = self.place(sequence)
        return place < recent.count && recent[place] == sequence
    }

    fileprivate mutating func insert(_ sequence: UInt64, _ width: Int, _ isSerial: Bool) -> Bool {
        if contains(sequence, isSerial) { return false }
        if sequence > highest {
            recent.append(sequence)
            highest = sequence
        } else if sequence > floor {
            recent.insert(sequence, at: place(sequence))
        }
        if recent.count > 2 * width {
            let removed = recent.count - width
            floor = max(floor, recent[removed - 1])
            recent.removeFirst(removed)
        }
        return true
    }
}

/// What is kept so that the window survives the removal of the entries it was made from.
extension ShipmentWindow {
    /// One region's state: field 1 region, 2 floor, 3 numbers above it (the first whole, then differences).
    public var states: [[UInt8]] {
        regions.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { name, region in
            var writer = ProtobufWriter()
            writer.field(1, name)
            writer.field(2, region.floor)
            var last: UInt64 = 0
            for sequence in region.recent {
                writer.field(3, sequence &- last)
                last = sequence
            }
            return writer.finish()
        }
    }

    /// Takes up what `states` gave, beside what is known already: an entry may have come between the state and its
    /// place in a log.
    public mutating func restore(_ state: UnsafeRawBufferPointer) throws(WireError) {
        var name: [UInt8] = []
        var region = Region(highest: 0, recent: [], floor: 0)
        var last: UInt64 = 0
        var reader = ProtobufReader(state)
        while let field = try reader.next() {
            switch field {
            case 1: name = try reader.array()
            case 2: region.floor = try reader.uint64()
            case 3:
                last &+= try reader.uint64()
                if last > (region.recent.last ?? 0) || region.recent.isEmpty { region.recent.append(last) }
            default: try reader.skip()
            }
        }
        if let known = regions[name] {
            region.floor = max(region.floor, known.floor)
            let all = Set(region.recent).union(known.recent)
            region.recent = all.filter { [floor = region.floor] in $0 > floor }.sorted()
        }
        region.highest = max(region.floor, region.recent.last ?? 0)
        regions[name] = region
    }
}
