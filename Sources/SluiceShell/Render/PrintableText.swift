import SluiceBase

/// Text made safe for a terminal: control characters and those that turn the direction of writing become escapes.
enum PrintableText {
    static func of(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            if isDangerous(scalar) { out += escape(scalar) } else { out.unicodeScalars.append(scalar) }
        }
        return out
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: return true
        default: return false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x09: return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            let isByte = scalar.value < 0x100
            let zeros = String(repeating: "0", count: max(0, (isByte ? 2 : 4) - digits.utf8.count))
            return (isByte ? "\\x" : "\\u") + zeros + digits
        }
    }

    /// The text cut to a width, with `…` (or `~`) in the last column where something was cut.
    static func cut(_ text: String, to width: Int, mark: String) -> String {
        if text.utf8.count <= width || DisplayWidth.of(text) <= width { return text }
        var out = ""
        var used = 0
        for scalar in text.unicodeScalars {
            let own = DisplayWidth.of(scalar)
            if used + own > width - 1 { break }
            used += own
            out.unicodeScalars.append(scalar)
        }
        return out + mark
    }
}
