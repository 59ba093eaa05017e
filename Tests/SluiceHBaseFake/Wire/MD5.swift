import Glibc

/// MD5 of bytes in hex, for the names of regions.
func md5Hex(_ input: [UInt8]) -> String {
    let turns: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
    let table: [UInt32] = (0..<64).map { UInt32(abs(sin(Double($0 + 1))) * 4_294_967_296) }
    var message = input + [0x80]
    while message.count % 64 != 56 { message.append(0) }
    withUnsafeBytes(of: UInt64(input.count * 8).littleEndian) { message += $0 }
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
    for block in stride(from: 0, to: message.count, by: 64) {
        var words: [UInt32] = []
        for i in 0..<16 {
            var word: UInt32 = 0
            for j in 0..<4 { word |= UInt32(message[block + 4 * i + j]) << UInt32(8 * j) }
            words.append(word)
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        for i in 0..<64 {
            var mix: UInt32
            let pick: Int
            switch i / 16 {
            case 0: (mix, pick) = ((b & c) | (~b & d), i)
            case 1: (mix, pick) = ((d & b) | (~d & c), (5 * i + 1) % 16)
            case 2: (mix, pick) = (b ^ c ^ d, (3 * i + 5) % 16)
            default: (mix, pick) = (c ^ (b | ~d), (7 * i) % 16)
            }
            mix = mix &+ a &+ table[i] &+ words[pick]
            let turn = turns[4 * (i / 16) + i % 4]
            (a, d, c) = (d, c, b)
            b = b &+ (mix << turn | mix >> (32 - turn))
        }
        state = [state[0] &+ a, state[1] &+ b, state[2] &+ c, state[3] &+ d]
    }
    var hex = ""
    for word in state {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            let byte = UInt8(truncatingIfNeeded: word >> shift)
            hex += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
    }
    return hex
}
