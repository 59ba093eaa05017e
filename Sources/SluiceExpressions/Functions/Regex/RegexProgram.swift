internal import CPCRE2
import SluiceBase

/// A compiled regular expression in Java's syntax, with room for one match.
///
/// `@unchecked Sendable`: a pool hands it to one batch at a time.
final class RegexProgram: @unchecked Sendable {
    private let regex: OpaquePointer
    let groupCount: Int

    /// nil for an invalid pattern.
    init?(java pattern: [UInt8]) {
        guard var translator = Optional(JavaPatternTranslator(pattern)),
            let translated = translator.translate()
        else { return nil }
        guard
            let compiled = translated.withUnsafeBufferPointer({ sluice_regex_new($0.baseAddress, $0.count) })
        else { return nil }
        regex = compiled
        groupCount = Int(sluice_regex_group_count(compiled))
    }

    deinit { sluice_regex_free(regex) }

    /// The whole text matches.
    func matches(_ text: UTF8Text.Bytes) throws(SQLError) -> Bool {
        try check(sluice_regex_match(regex, RegexProgram.start(text), text.count, 0, 1, 0))
    }

    /// Searches from a byte offset.
    func find(_ text: UTF8Text.Bytes, from start: Int = 0) throws(SQLError) -> Bool {
        try check(sluice_regex_match(regex, RegexProgram.start(text), text.count, start, 0, 0))
    }

    /// Calls `body` for every match in order; an empty match moves on by one character.
    func forEachMatch(
        _ text: UTF8Text.Bytes, _ body: (Range<Int>) throws(SQLError) -> Void
    ) throws(SQLError) {
        var start = 0
        while start <= text.count {
            guard try find(text, from: start), let range = group(0) else { return }
            try body(range)
            start = range.isEmpty ? next(text, range.upperBound) : range.upperBound
        }
    }

    private func next(_ text: UTF8Text.Bytes, _ at: Int) -> Int {
        at < text.count ? at + UTF8Text.width(text[at]) : at + 1
    }

    /// A group of the last match; nil if it took no part.
    func group(_ index: Int) -> Range<Int>? {
        var start = 0
        var end = 0
        guard index >= 0, sluice_regex_group(regex, UInt32(index), &start, &end) != 0 else { return nil }
        return start..<end
    }

    private static func start(_ text: UTF8Text.Bytes) -> UnsafePointer<UInt8>? {
        text.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    private func check(_ result: Int32) throws(SQLError) -> Bool {
        if result < 0 {
            throw SQLError(
                .evaluation, "a regular expression needs too many steps for a text",
                hint: "avoid nested repetition such as (a+)+")
        }
        return result > 0
    }
}

/// The compiled patterns of one call; a constant pattern is compiled once.
final class RegexPool: Sendable {
    private let idle = Lock<[[UInt8]: [RegexProgram]]>([:])

    /// A program for the pattern, for this batch alone; nil for an invalid pattern.
    func take(_ pattern: [UInt8]) -> RegexProgram? {
        let kept = idle.withLock { pools in pools[pattern]?.popLast() }
        return kept ?? RegexProgram(java: pattern)
    }

    func giveBack(_ programs: [[UInt8]: RegexProgram?]) {
        idle.withLock { pools in
            if pools.count > 16 { pools.removeAll() }
            for (pattern, program) in programs {
                if let program, pools[pattern, default: []].count < 8 {
                    pools[pattern, default: []].append(program)
                }
            }
        }
    }
}

/// The programs that one batch uses.
final class RegexSession {
    private let pool: RegexPool
    private let patterns: TextArgument
    private var programs: [[UInt8]: RegexProgram?] = [:]
    private var constant: RegexProgram??

    init(_ pool: RegexPool, _ patterns: TextArgument) {
        self.pool = pool
        self.patterns = patterns
    }

    deinit { pool.giveBack(programs) }

    /// The program for the pattern of a row; nil if it is invalid.
    func program(_ row: Int) -> RegexProgram? {
        if let constant { return constant }
        let pattern = Array(patterns[row])
        let program: RegexProgram?
        if let known = programs[pattern] {
            program = known
        } else {
            if programs.count >= 64 { programs.removeAll() }
            program = pool.take(pattern)
            programs[pattern] = .some(program)
        }
        if patterns.stride == 0 { constant = .some(program) }
        return program
    }
}
