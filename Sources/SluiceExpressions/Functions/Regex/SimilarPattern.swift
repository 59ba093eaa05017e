import SluiceBase

/// Rewrites a SIMILAR TO pattern as a regular expression of Java.
enum SimilarPattern {
    private static let sqlSpecials = Array("[]()|^-+*_%?{}".unicodeScalars)
    private static let javaSpecials = Array("[]()|^-+*?{}$\\.".unicodeScalars)
    private static let classes: [(String, String)] = [
        ("[:ALPHA:]", "\\p{Alpha}"), ("[:UPPER:]", "\\p{Upper}"), ("[:LOWER:]", "\\p{Lower}"),
        ("[:DIGIT:]", "\\d"), ("[:SPACE:]", " "), ("[:WHITESPACE:]", "\\s"), ("[:ALNUM:]", "\\p{Alnum}"),
    ]

    static func invalid(_ pattern: UTF8Text.Bytes) -> SQLError {
        let shown = String(decoding: pattern, as: UTF8.self)
        return SQLError(.evaluation, "\"\(shown)\" is not a valid pattern for SIMILAR TO")
    }

    static func regex(_ pattern: UTF8Text.Bytes, escape: Unicode.Scalar?) throws(SQLError) -> [UInt8] {
        let text = UTF8Text.scalars(pattern)
        var out = String.UnicodeScalarView()
        var index = 0
        var isInside = false
        while index < text.count {
            let scalar = text[index]
            index += 1
            if let escape, scalar == escape {
                guard index < text.count, appendEscaped(text[index], escape, &out) else {
                    throw invalid(pattern)
                }
                index += 1
                continue
            }
            switch scalar {
            case "_": out.append(".")
            case "%": out.append(contentsOf: "(?s:.*)".unicodeScalars)
            case "[":
                out.append("[")
                isInside = true
                guard enumeration(text, &index, escape, &out) else { throw invalid(pattern) }
            case "]":
                guard isInside else { throw invalid(pattern) }
                isInside = false
                out.append("]")
            case "\\", "$":
                out.append("\\")
                out.append(scalar)
            default: out.append(scalar)
            }
        }
        if isInside { throw invalid(pattern) }
        return Array(String(out).utf8)
    }

    private static func appendEscaped(
        _ next: Unicode.Scalar, _ escape: Unicode.Scalar, _ out: inout String.UnicodeScalarView
    ) -> Bool {
        guard sqlSpecials.contains(next) || next == escape else { return false }
        if javaSpecials.contains(next) { out.append("\\") }
        out.append(next)
        return true
    }

    /// The characters up to the closing bracket, which is left to the caller.
    private static func enumeration(
        _ text: [Unicode.Scalar], _ index: inout Int, _ escape: Unicode.Scalar?,
        _ out: inout String.UnicodeScalarView
    ) -> Bool {
        while index < text.count {
            let scalar = text[index]
            if scalar == "]" { return true }
            index += 1
            if let escape, scalar == escape {
                guard index < text.count, appendEscaped(text[index], escape, &out) else { return false }
                index += 1
            } else if scalar == "-" || scalar == "^" {
                out.append(scalar)
            } else if scalar == "[",
                let known = classes.first(where: { name, _ in
                    let upper = String(String.UnicodeScalarView(text[(index - 1)...].prefix(name.count)))
                        .uppercased()
                    return upper == name
                })
            {
                out.append(contentsOf: known.1.unicodeScalars)
                index += known.0.count - 1
            } else if sqlSpecials.contains(scalar) {
                return false
            } else {
                out.append(scalar)
            }
        }
        return false
    }
}
