/// What the file info block of an HFile tells about its cells.
struct HFileFacts {
    private static let put: UInt8 = 4

    private(set) var cells: Int64 = 0
    private var keyBytes: Int64 = 0
    private var valueBytes: Int64 = 0
    private var earliest: Int64 = .max
    private var latest: Int64 = .min
    private var earliestPut: Int64 = .max
    /// Markers of types 10 and 14, which hide what a family holds.
    private var familyDeletes: Int64 = 0
    private var longestTags = 0
    private var biggest = 0
    private var biggestKey: [UInt8] = []

    mutating func add(_ cell: StoredCell, tags: Int) {
        cells += 1
        keyBytes += Int64(cell.keyLength)
        valueBytes += Int64(cell.valueLength)
        let time = cell.timestamp
        if time < earliest { earliest = time }
        if time > latest { latest = time }
        if cell.type == HFileFacts.put && time < earliestPut { earliestPut = time }
        if cell.type == 10 || cell.type == 14 { familyDeletes += 1 }
        longestTags = Swift.max(longestTags, tags)
        if cell.bytes.count > biggest {
            biggest = cell.bytes.count
            biggestKey = Array(cell.key)
        }
    }

    /// `PBUF`, then a delimited message of pairs, sorted by key.
    func fileInfo(
        lastKey: [UInt8], _ settings: HFileWriter.Settings, bloom: BloomFilterWriter?
    ) -> [UInt8] {
        let count = Swift.max(1, cells)
        let yes: [UInt8] = [0xFF]
        let no: [UInt8] = [0]
        var pairs: [(key: String, value: [UInt8])] = [
            ("DELETE_FAMILY_COUNT", HFileNumbers.bigEndian(familyDeletes)),
            ("BULKLOAD_SOURCE_TASK", Array(settings.task.utf8)),
            ("BULKLOAD_TIMESTAMP", HFileNumbers.bigEndian(settings.createdMillis)),
            ("EARLIEST_PUT_TS", HFileNumbers.bigEndian(earliestPut)),
            ("EXCLUDE_FROM_MINOR_COMPACTION", no),
            ("MAJOR_COMPACTION_KEY", yes),
            ("TIMERANGE", HFileNumbers.bigEndian(earliest) + HFileNumbers.bigEndian(latest)),
            ("hfile.AVG_KEY_LEN", HFileNumbers.bigEndian(Int32(truncatingIfNeeded: keyBytes / count))),
            ("hfile.AVG_VALUE_LEN", HFileNumbers.bigEndian(Int32(truncatingIfNeeded: valueBytes / count))),
            ("hfile.CREATE_TIME_TS", HFileNumbers.bigEndian(settings.createdMillis)),
            ("hfile.KEY_OF_BIGGEST_CELL", biggestKey),
            ("hfile.LASTKEY", lastKey),
            ("hfile.LEN_OF_BIGGEST_CELL", HFileNumbers.bigEndian(Int64(biggest))),
        ]
        if let bloom {
            pairs.append(("BLOOM_FILTER_TYPE", Array(bloom.kind.rawValue.utf8)))
            pairs.append(("LAST_BLOOM_KEY", bloom.lastKey))
        }
        if settings.hasTags {
            pairs.append(
                ("hfile.MAX_TAGS_LEN", HFileNumbers.bigEndian(Int32(truncatingIfNeeded: longestTags))))
        }
        pairs.sort { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        var message: [UInt8] = []
        for (key, value) in pairs {
            var pair: [UInt8] = []
            HFileNumbers.appendField(1, bytes: Array(key.utf8), to: &pair)
            HFileNumbers.appendField(2, bytes: value, to: &pair)
            HFileNumbers.appendField(1, bytes: pair, to: &message)
        }
        var bytes = Array("PBUF".utf8)
        HFileNumbers.appendVarint(UInt64(message.count), to: &bytes)
        bytes.append(contentsOf: message)
        return bytes
    }
}
