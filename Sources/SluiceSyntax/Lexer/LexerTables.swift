/// Which characters an unquoted name is made of.
enum LexerTables {
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x5f, 0x24: return true
        default: return false
        }
    }

    /// What the name of a character set in `_name'text'` is made of.
    static func isCharsetByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x5f, 0x3a, 0x2e, 0x2d: return true
        default: return false
        }
    }

    /// Letters and digits beyond ASCII: the blocks that Flink's lexer takes.
    static func isLetter(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xc0...0xd6, 0xd8...0xf6, 0xf8...0x1fff, 0x3040...0x318f, 0x3300...0x337f, 0x3400...0x3d2d,
            0x4e00...0x9fff, 0xf900...0xfaff:
            return true
        default:
            return false
        }
    }
}
