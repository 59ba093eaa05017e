/// Floating-point numbers as Java prints them: the shortest digits that read back as the same number, plain between
/// 10⁻³ and 10⁷, else as `1.0E10`; always with a fraction.
extension ByteScratch {
    public mutating func appendJavaDouble(_ value: Double) {
        if appendSmallDecimal(value) { return }
        if appendSpecial(value.isNaN, value.isInfinite, value == 0, negative: value.sign == .minus) { return }
        if let digits = JavaDigits.digits(value) { return appendDigits(digits, negative: value < 0) }
        var text = value.description
        text.withUTF8 { appendJava($0) }
    }

    public mutating func appendJavaFloat(_ value: Float) {
        if appendSpecial(value.isNaN, value.isInfinite, value == 0, negative: value.sign == .minus) { return }
        if let digits = JavaDigits.digits(value) { return appendDigits(digits, negative: value < 0) }
        var text = value.description
        text.withUTF8 { appendJava($0) }
    }

    /// Hundredths below 10⁷ whose digits are exact: two decimals of at most 15 digits never read as the same double,
    /// so the digits found this way are the shortest.
    private mutating func appendSmallDecimal(_ value: Double) -> Bool {
        let magnitude = value.magnitude
        guard magnitude >= 0.01, magnitude < 1e7 else { return false }
        let scaled = (magnitude * 100).rounded()
        guard scaled / 100 == magnitude else { return false }
        reserve(24)
        if value < 0 {
            base[count] = UInt8(ascii: "-")
            count &+= 1
        }
        let (whole, hundredths) = UInt64(scaled).quotientAndRemainder(dividingBy: 100)
        appendDigits(whole)
        base[count] = UInt8(ascii: ".")
        storePair(Int(hundredths), at: count &+ 1)
        count &+= hundredths % 10 == 0 ? 2 : 3
        return true
    }

    private mutating func appendSpecial(
        _ isNaN: Bool, _ isInfinite: Bool, _ isZero: Bool, negative: Bool
    ) -> Bool {
        if isNaN {
            append("NaN" as StaticString)
            return true
        }
        guard isInfinite || isZero else { return false }
        if negative { append(UInt8(ascii: "-")) }
        append(isInfinite ? "Infinity" : "0.0" as StaticString)
        return true
    }

    /// Takes Swift's shortest text apart (`-1.25e-07`, `123.0`, `1e+16`) and lays the digits out as Java does.
    private mutating func appendJava(_ text: UnsafeBufferPointer<UInt8>) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
            var digitCount = 0
            var pointPlace = -1
            var exponent = 0
            var index = 0
            if text.first == UInt8(ascii: "-") {
                append(UInt8(ascii: "-"))
                index = 1
            }
            while index < text.count {
                let byte = text[index]
                index += 1
                if byte == UInt8(ascii: ".") {
                    pointPlace = digitCount
                } else if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
                    exponent = exponentValue(text, from: index)
                    break
                } else if digitCount < 32 {
                    digits[digitCount] = byte
                    digitCount += 1
                }
            }
            if pointPlace < 0 { pointPlace = digitCount }
            var first = 0
            while first < digitCount - 1 && digits[first] == 0x30 { first += 1 }
            while digitCount > first + 1 && digits[digitCount - 1] == 0x30 { digitCount -= 1 }
            // The value is 0.d₁d₂… × 10^place.
            layOut(digits, first..<digitCount, place: pointPlace - first + exponent)
        }
    }

    private func exponentValue(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var value = 0
        var negative = false
        for index in start..<text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "-") { negative = true }
            if byte >= 0x30 && byte <= 0x39 { value = value * 10 + Int(byte) - 0x30 }
        }
        return negative ? -value : value
    }

    private mutating func layOut(
        _ digits: UnsafeMutableBufferPointer<UInt8>, _ range: Range<Int>, place: Int
    ) {
        reserve(40)
        if place > -3 && place <= 7 {
            if place <= 0 {
                append("0." as StaticString)
                for _ in place..<0 { append(0x30) }
                for index in range { append(digits[index]) }
                return
            }
            for offset in 0..<place {
                append(
                    range.lowerBound + offset < range.upperBound ? digits[range.lowerBound + offset] : 0x30)
            }
            append(UInt8(ascii: "."))
            if range.count <= place { return append(0x30) }
            for index in (range.lowerBound + place)..<range.upperBound { append(digits[index]) }
            return
        }
        append(digits[range.lowerBound])
        append(UInt8(ascii: "."))
        if range.count == 1 { append(0x30) }
        for index in (range.lowerBound + 1)..<Swift.max(range.upperBound, range.lowerBound + 1) {
            append(digits[index])
        }
        append(UInt8(ascii: "E"))
        appendInteger(Int64(place - 1))
    }

    private mutating func appendDigits(_ digits: JavaDigits, negative: Bool) {
        if negative { append(UInt8(ascii: "-")) }
        var bytes = digits.bytes
        bytes.withUnsafeMutableBufferPointer { layOut($0, 0..<$0.count, place: digits.exponent) }
    }
}
