import Glibc

/// What a time zone file says: `offsets[0]` before the first transition, `offsets[i + 1]` from transition i on.
struct ZoneTable {
    var transitions: [Int64]
    var offsets: [Int32]
    /// The transitions cover 400 years in which the rules repeat.
    var isPeriodic: Bool
}

/// Reads TZif files of version 2 and later (RFC 8536). Every access is checked: a damaged file gives nil.
enum ZoneFile {
    static func load(_ path: String) -> ZoneTable? {
        guard let bytes = read(path) else { return nil }
        return parse(bytes)
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while bytes.count < 1 << 20 {
            let got = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if got == 0 { return bytes }
            if got < 0 { return nil }
            bytes.append(contentsOf: chunk[0..<got])
        }
        return nil
    }

    static func parse(_ bytes: [UInt8]) -> ZoneTable? {
        guard let first = Header(bytes, 0), first.version >= 0x32 else { return nil }
        // The block of version 1 has 4-byte times; the one that follows has 8-byte times.
        let start = 44 + first.bodySize(timeSize: 4)
        guard let header = Header(bytes, start) else { return nil }
        let body = start + 44
        let end = body + header.bodySize(timeSize: 8)
        guard end <= bytes.count, header.typeCount > 0 else { return nil }
        let indices = body + header.timeCount * 8
        let types = indices + header.timeCount
        var kinds: [Int32] = []
        for index in 0..<header.typeCount {
            kinds.append(Int32(truncatingIfNeeded: bigEndian(bytes, types + index * 6, 4)))
        }
        var table = ZoneTable(transitions: [], offsets: [kinds[0]], isPeriodic: false)
        for index in 0..<header.timeCount {
            let kind = Int(bytes[indices + index])
            guard kind < kinds.count else { return nil }
            let time = bigEndian(bytes, body + index * 8, 8)
            if let last = table.transitions.last, last >= time { return nil }
            table.transitions.append(time)
            table.offsets.append(kinds[kind])
        }
        applyFooter(bytes, end, &table)
        return table
    }

    private static func applyFooter(_ bytes: [UInt8], _ end: Int, _ table: inout ZoneTable) {
        guard end < bytes.count, bytes[end] == 0x0A else { return }
        let text = bytes[(end + 1)...].prefix { $0 != 0x0A }
        guard let rule = PosixZoneRule(Array(text)) else { return }
        let last = table.transitions.last ?? Int64.min
        guard rule.daylight != nil else {
            if table.offsets.last != rule.standardOffset, table.transitions.isEmpty {
                table.offsets = [rule.standardOffset]
            }
            return
        }
        let lastDay = last == .min ? 0 : Int(floorDivide(last, 86_400))
        let firstYear = Swift.min(Swift.max(CivilDate(days: lastDay).year, 1900), 2100)
        for year in firstYear...(firstYear + 402) {
            for (time, offset) in rule.transitions(in: year) {
                if let last = table.transitions.last, time <= last { continue }
                table.transitions.append(time)
                table.offsets.append(offset)
            }
        }
        table.isPeriodic = true
    }

    static func bigEndian(_ bytes: [UInt8], _ at: Int, _ size: Int) -> Int64 {
        guard at >= 0, at + size <= bytes.count else { return 0 }
        var value: UInt64 = 0
        for index in at..<(at + size) { value = value << 8 | UInt64(bytes[index]) }
        return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }

    private struct Header {
        let version: UInt8
        let utcCount, standardCount, leapCount, timeCount, typeCount, charCount: Int

        init?(_ bytes: [UInt8], _ at: Int) {
            guard at >= 0, at + 44 <= bytes.count, Array(bytes[at..<at + 4]) == Array("TZif".utf8) else {
                return nil
            }
            version = bytes[at + 4]
            var counts: [Int] = []
            for index in 0..<6 {
                let value = ZoneFile.bigEndian(bytes, at + 20 + index * 4, 4)
                guard value >= 0, value <= 1 << 16 else { return nil }
                counts.append(Int(value))
            }
            utcCount = counts[0]
            standardCount = counts[1]
            leapCount = counts[2]
            timeCount = counts[3]
            typeCount = counts[4]
            charCount = counts[5]
        }

        func bodySize(timeSize: Int) -> Int {
            let times: Int = timeCount * timeSize + timeCount
            let leaps: Int = leapCount * (timeSize + 4)
            return times + typeCount * 6 + charCount + leaps + standardCount + utcCount
        }
    }
}
