/// A region and the server that serves it.
public struct RegionLocation: Sendable, Hashable {
    public var region: RegionInfo
    /// The full name, as requests want it: `table,startKey,id.encodedName.`
    public var name: [UInt8]
    public var server: ServerName
    /// Sequence number when the region was opened there; -1: not known.
    public var sequenceNumber: Int64

    public init(region: RegionInfo, name: [UInt8], server: ServerName, sequenceNumber: Int64 = -1) {
        self.region = region
        self.name = name
        self.server = server
        self.sequenceNumber = sequenceNumber
    }

    /// The 32 hexadecimal digits at the end of the name, without the dots.
    public var encodedName: [UInt8] {
        guard name.last == UInt8(ascii: ".") else { return [] }
        let body = name.dropLast()
        guard let dot = body.lastIndex(of: UInt8(ascii: ".")) else { return [] }
        return Array(body[(dot + 1)...])
    }

    /// Whether the row lies in the region.
    public func contains(_ row: [UInt8]) -> Bool {
        row.withUnsafeBytes { raw in
            region.startKey.withUnsafeBytes { $0.compare(raw) <= 0 }
                && (region.endKey.isEmpty || region.endKey.withUnsafeBytes { raw.compare($0) < 0 })
        }
    }

    public var nameText: String { String(decoding: name, as: UTF8.self) }
}

extension Sequence where Element == RegionLocation {
    /// Ranges of rows, one for each region, that together hold every row of the table once. A region that moves or is
    /// being split while the list is made is missing from it; its rows are then in the range of the one before it.
    public var ranges: [(start: [UInt8], end: [UInt8])] {
        var starts = map(\.region.startKey).sorted { $0.lexicographicallyPrecedes($1) }
        if starts.first != [] { starts.insert([], at: 0) }
        var ranges: [(start: [UInt8], end: [UInt8])] = []
        for start in starts {
            if let last = ranges.last {
                if last.start == start { continue }
                ranges[ranges.count - 1].end = start
            }
            ranges.append((start, []))
        }
        return ranges
    }
}
