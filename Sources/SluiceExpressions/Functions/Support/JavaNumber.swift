/// Floating point numbers as Java writes them (K11).
enum JavaNumber {
    static func text(_ value: Double) -> String { text(value.description, value.magnitude, value.sign == .minus) }
    static func text(_ value: Float) -> String {
        text(value.description, Double(value.magnitude), value.sign == .minus)
    }

    /// Re-arranges the shortest digits that Swift prints.
    private static func text(_ shortest: String, _ magnitude: Double, _ isNegative: Bool) -> String {
        if magnitude.isNaN { return "NaN" }
        if magnitude.isInfinite { return isNegative ? "-Infinity" : "Infinity" }
        if magnitude == 0 { return isNegative ? "-0.0" : "0.0" }
        var digits: [UInt8] = []
        var exponent = 0
        var pointAt: Int?
        var rest = Array(shortest.utf8)[...]
        if rest.first == 0x2D { rest = rest.dropFirst() }
        if let mark = rest.firstIndex(of: 0x65) {
            exponent = Int(String(decoding: rest[(mark + 1)...], as: UTF8.self)) ?? 0
            rest = rest[..<mark]
        }
        for byte in rest {
            if byte == 0x2E { pointAt = digits.count } else { digits.append(byte) }
        }
        var point = (pointAt ?? digits.count) + exponent
        while digits.count > 1, digits.first == 0x30 {
            digits.removeFirst()
            point -= 1
        }
        while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
        let body = magnitude >= 1e-3 && magnitude < 1e7 ? plain(digits, point) : scientific(digits, point)
        return (isNegative ? "-" : "") + String(decoding: body, as: UTF8.self)
    }

    private static func plain(_ digits: [UInt8], _ point: Int) -> [UInt8] {
        if point <= 0 { return [0x30, 0x2E] + [UInt8](repeating: 0x30, count: -point) + digits }
        if point >= digits.count {
            return digits + [UInt8](repeating: 0x30, count: point - digits.count) + [0x2E, 0x30]
        }
        return digits[0..<point] + [0x2E] + digits[point...]
    }

    private static func scientific(_ digits: [UInt8], _ point: Int) -> [UInt8] {
        let fraction = digits.count > 1 ? Array(digits[1...]) : [0x30]
        return [digits[0], 0x2E] + fraction + [0x45] + Array(String(point - 1).utf8)
    }
}
