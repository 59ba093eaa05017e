import SluiceBase

/// Finds the directives (`--@ …`) and the uses of parameters (`${name}`) of a script.
struct ScriptScanner {
    /// Where a parameter stands.
    enum Context: Equatable {
        case bare
        case string
        /// A string with escapes, whose text a value could change.
        case escapedString
        case identifier
    }

    enum Item: Equatable {
        /// The words behind `--@`.
        case directive(text: String, span: SourceSpan)
        case use(name: String, context: Context, span: SourceSpan)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var items: [Item] = []

    static func items(of bytes: [UInt8]) -> [Item] {
        var scanner = ScriptScanner(bytes: bytes)
        scanner.run()
        return scanner.items
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(_ offset: Int) -> UInt8 {
        let index = position + offset
        return index >= 0 && index < bytes.count ? bytes[index] : 0
    }

    private mutating func run() {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        if byte(0) == UInt8(ascii: "#"), byte(1) == UInt8(ascii: "!") { skipLine() }
        while position < bytes.count {
            switch byte(0) {
            case UInt8(ascii: "'"): quoted(UInt8(ascii: "'"), stringContext)
            case UInt8(ascii: "`"): quoted(UInt8(ascii: "`"), .identifier)
            case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"): lineComment()
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"): skipLine()
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*") && byte(2) != UInt8(ascii: "+"):
                blockComment()
            case UInt8(ascii: "$"): use(.bare)
            default: position += 1
            }
        }
    }

    /// Whether the quote at the position opens a string of the form `E'…'` or `U&'…'`.
    private var stringContext: Context {
        let before = byte(-1)
        if before == UInt8(ascii: "&") { return .escapedString }
        let startsWord = !isWord(byte(-2))
        if (before == UInt8(ascii: "e") || before == UInt8(ascii: "E")) && startsWord {
            return .escapedString
        }
        return .string
    }

    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x24, 0x80...0xFF: return true
        default: return false
        }
    }

    private mutating func quoted(_ quote: UInt8, _ context: Context) {
        position += 1
        while position < bytes.count {
            let next = byte(0)
            if next == quote {
                position += 1
                if byte(0) != quote { return }
                position += 1
            } else if context == .escapedString && next == UInt8(ascii: "\\") {
                position += 2
            } else if next == UInt8(ascii: "$") {
                use(context)
            } else {
                position += 1
            }
        }
    }

    /// `${name}`; anything else that begins with a dollar is text.
    private mutating func use(_ context: Context) {
        let start = position
        position += 1
        guard byte(0) == UInt8(ascii: "{") else { return }
        var end = position + 1
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        guard end > position + 1, end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return }
        let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
        position = end + 1
        items.append(.use(name: name, context: context, span: SourceSpan(start, position)))
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
    }

    private mutating func lineComment() {
        let start = position
        skipLine()
        guard start + 2 < position, bytes[start + 2] == UInt8(ascii: "@") else { return }
        var upper = position
        while upper > start + 3, [0x20, 0x09, 0x0D].contains(bytes[upper - 1]) { upper -= 1 }
        var lower = start + 3
        while lower < upper, [0x20, 0x09].contains(bytes[lower]) { lower += 1 }
        let text = String(decoding: bytes[lower..<upper], as: UTF8.self)
        items.append(.directive(text: text, span: SourceSpan(lower, upper)))
    }

    private mutating func blockComment() {
        position += 2
        while position < bytes.count {
            if byte(0) == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                position += 2
                return
            }
            position += 1
        }
    }
}
