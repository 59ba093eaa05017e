/// Numbers as people read them.
enum Amounts {
    /// `1,204`
    static func grouped(_ number: Int64) -> String {
        var out: [UInt8] = []
        for (index, digit) in String(number.magnitude).utf8.reversed().enumerated() {
            if index > 0 && index % 3 == 0 { out.append(UInt8(ascii: ",")) }
            out.append(digit)
        }
        if number < 0 { out.append(UInt8(ascii: "-")) }
        return String(decoding: out.reversed(), as: UTF8.self)
    }

    /// `812`, `410 k`, `3.1 M`
    static func short(_ number: Int64) -> String {
        switch number {
        case ..<10_000: return String(max(0, number))
        case ..<1_000_000: return "\(number / 1000) k"
        case ..<1_000_000_000: return tenths(number / 100_000) + " M"
        default: return tenths(number / 100_000_000) + " G"
        }
    }

    /// `84 KB`
    static func bytes(_ number: Int64) -> String {
        switch number {
        case ..<1024: return "\(max(0, number)) B"
        case ..<(1 << 20): return "\(number >> 10) KB"
        case ..<(1 << 30): return "\(number >> 20) MB"
        default: return tenths(number / ((1 << 30) / 10)) + " GB"
        }
    }

    /// `41 ms`, `2.4 s`, `1 min 9 s`
    static func time(nanos: Int64) -> String {
        let millis = max(0, nanos) / 1_000_000
        switch millis {
        case 0: return "\(max(0, nanos) / 1000) µs"
        case ..<1000: return "\(millis) ms"
        case ..<60_000: return tenths(millis / 100) + " s"
        default: return "\(millis / 60_000) min \(millis % 60_000 / 1000) s"
        }
    }

    private static func tenths(_ number: Int64) -> String { "\(number / 10).\(number % 10)" }

    static func rows(_ count: Int) -> String { "\(grouped(Int64(count))) \(count == 1 ? "row" : "rows")" }
}
