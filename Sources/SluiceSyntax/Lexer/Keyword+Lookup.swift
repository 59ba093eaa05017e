extension Keyword {
    /// The word in upper case.
    public var text: String { Keyword.words[Int(rawValue)].description }

    /// A reserved word can be a name only in backticks.
    public var isReserved: Bool { rawValue < Keyword.reservedCount }

    /// Whether the word, though reserved, can stand in front of an opening bracket as the name of a function.
    public var isCallable: Bool { !isReserved || Keyword.callableFlags[Int(rawValue)] }

    /// The keyword that the text is, in upper or lower case.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let found = KeywordTable.shared.find(bytes, 0, bytes.count) else { return nil }
        self = found
    }

    private static let callableFlags: [Bool] = {
        var flags = [Bool](repeating: false, count: words.count)
        for keyword in callable { flags[Int(keyword.rawValue)] = true }
        return flags
    }()
}

/// An open-addressing hash table from the bytes of a word to its keyword, without regard to case.
struct KeywordTable: Sendable {
    static let shared = KeywordTable()

    private static let mask = 4095
    private var slots = [UInt16](repeating: UInt16.max, count: mask + 1)
    private var words: [[UInt8]] = []
    private var longest = 0

    private init() {
        for (index, word) in Keyword.words.enumerated() {
            let bytes = Array(word.description.utf8)
            words.append(bytes)
            longest = max(longest, bytes.count)
            var slot = KeywordTable.hash(bytes, 0, bytes.count) & KeywordTable.mask
            while slots[slot] != UInt16.max { slot = (slot + 1) & KeywordTable.mask }
            slots[slot] = UInt16(index)
        }
    }

    /// The keyword in `bytes[lower ..< upper]`.
    func find(_ bytes: [UInt8], _ lower: Int, _ upper: Int) -> Keyword? {
        let count = upper - lower
        if count < 2 || count > longest { return nil }
        var slot = KeywordTable.hash(bytes, lower, upper) & KeywordTable.mask
        while slots[slot] != UInt16.max {
            if matches(words[Int(slots[slot])], bytes, lower, count) { return Keyword(rawValue: slots[slot]) }
            slot = (slot + 1) & KeywordTable.mask
        }
        return nil
    }

    private func matches(_ word: [UInt8], _ bytes: [UInt8], _ lower: Int, _ count: Int) -> Bool {
        if word.count != count { return false }
        for index in 0..<count where word[index] != KeywordTable.upper(bytes[lower + index]) { return false }
        return true
    }

    /// FNV-1a over upper case bytes.
    private static func hash(_ bytes: [UInt8], _ lower: Int, _ upper: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in lower..<upper {
            hash = (hash ^ UInt64(KeywordTable.upper(bytes[index]))) &* 0x100_0000_01b3
        }
        return Int(truncatingIfNeeded: hash >> 20) & mask
    }

    private static func upper(_ byte: UInt8) -> UInt8 {
        byte >= 0x61 && byte <= 0x7a ? byte & 0xdf : byte
    }
}
