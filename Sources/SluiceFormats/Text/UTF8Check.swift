/// True for well-formed UTF-8.
func isValidUTF8(_ text: TextRange) -> Bool {
    var index = 0
    let bytes = text.start
    while index < text.count {
        let first = bytes[index]
        if first < 0x80 {
            index += 1
            continue
        }
        var length = 0
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, low) = (3, 0xA0)
        case 0xED: (length, high) = (3, 0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, low) = (4, 0x90)
        case 0xF4: (length, high) = (4, 0x8F)
        case 0xF1...0xF3: length = 4
        default: return false
        }
        if index + length > text.count { return false }
        if bytes[index + 1] < low || bytes[index + 1] > high { return false }
        for offset in 2..<Swift.max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return false }
        index += length
    }
    return true
}
