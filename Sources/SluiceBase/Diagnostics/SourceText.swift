import Cutf8proc

/// A text with its name and lines, for finding lines and columns of byte offsets.
public struct SourceText: Sendable {
    public let name: String
    let bytes: [UInt8]
    /// The offset of each line's first byte.
    private let lineStarts: [Int]

    public init(name: String, text: String) {
        self.name = name
        bytes = Array(text.utf8)
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == 0x0a {
            starts.append(offset + 1)
        }
        lineStarts = starts
    }

    /// A place as people count: from 1, columns in characters.
    public struct Position: Sendable, Equatable {
        public var line: Int
        public var column: Int
    }

    public func position(of offset: Int) -> Position {
        let target = min(max(0, offset), bytes.count)
        let line = lineIndex(of: target)
        let prefix = bytes[lineStarts[line]..<target]
        return Position(
            line: line + 1, column: String(decoding: prefix, as: UTF8.self).unicodeScalars.count + 1)
    }

    /// The index of the line that holds the offset, from 0.
    func lineIndex(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The bytes of a line without its line end.
    func range(ofLine line: Int) -> Range<Int> {
        let lower = lineStarts[line]
        var upper = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
        if upper > lower, bytes[upper - 1] == 0x0d { upper -= 1 }
        return lower..<max(lower, upper)
    }
}

/// How many columns a text takes on a terminal.
public enum DisplayWidth {
    /// 0 for combining marks, 2 for wide characters.
    public static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value >= 0x20, scalar.value < 0x7f { return 1 }
        return max(0, Int(utf8proc_charwidth(Int32(bitPattern: scalar.value))))
    }

    public static func of(_ text: String) -> Int {
        var width = 0
        for scalar in text.unicodeScalars { width += of(scalar) }
        return width
    }
}
