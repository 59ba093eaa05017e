import SluiceBase

/// Where the whole batches of a segment end.
extension SegmentFolder {
    struct Walk {
        var index: SegmentIndex
        /// All records below it were durable when the last batch was written.
        var durableBelow: Int64
        /// Why it does not go on, though the file does.
        var fault: String?
    }

    /// Goes along the heads of the batches that follow `known`, bodies unread.
    func walk(_ base: Int64, from known: SegmentIndex, durableBelow: Int64 = 0) throws(LogError) -> Walk {
        let window = try window(base)
        var walk = Walk(index: known, durableBelow: durableBelow)
        while true {
            switch try window.head(at: walk.index.size, offset: walk.index.nextOffset) {
            case .end: return walk
            case .incomplete(let reason):
                walk.fault = reason
                return walk
            case .head(let head):
                let last = walk.index.size &+ Int64(head.byteCount) &- 1
                guard try window.bytes(at: last, 1) != nil else {
                    walk.fault = "it ends inside a batch"
                    return walk
                }
                walk.index.add(head)
                walk.durableBelow = max(walk.durableBelow, head.durableBelow)
            }
        }
    }

    /// As `walk`, but a batch counts with its body only: after the machine stopped, heads may be there without them.
    /// What was durable is not read again, nor what `known` holds.
    func wholeEnd(
        of base: Int64, from known: SegmentIndex, durableBelow: Int64
    ) throws(LogError) -> Walk {
        var walk = try walk(base, from: known, durableBelow: durableBelow)
        let whole = walk.index
        var index = known
        if walk.durableBelow > known.nextOffset, let entry = whole.entry(for: walk.durableBelow) {
            index = whole.cut(to: entry)
        }
        guard index.size < whole.size else { return walk }
        let window = try window(base)
        while index.size < whole.size {
            guard case .head(let head) = try window.head(at: index.size, offset: index.nextOffset) else {
                break
            }
            if head.nextOffset > walk.durableBelow {
                let found = try window.batch(at: index.size, offset: index.nextOffset)
                if case .incomplete(let reason) = found { walk.fault = reason }
                guard case .batch = found else { break }
            }
            index.add(head)
        }
        if index.size < whole.size { walk.index = index }
        return walk
    }

    /// True when behind a fault there is a batch whose writer knew that what is faulty now was durable: then it is
    /// no torn end but damage, and cutting it would lose what was promised.
    func isDamage(_ base: Int64, at position: Int64, offset: Int64) throws(LogError) -> Bool {
        let window = try window(base)
        var at = position &+ 1
        while true {
            let bytes = try window.some(at: at, upTo: SegmentWindow.size / 2)
            guard let base = bytes.baseAddress, bytes.count >= BatchLayout.headSize else { return false }
            let last = bytes.count - BatchLayout.headSize
            for shift in 0...last where BatchLayout.word(base, shift) == BatchLayout.magic {
                guard let head = BatchLayout.Head(base + shift) else { continue }
                if head.baseOffset > offset, head.durableBelow > offset { return true }
            }
            at = at &+ Int64(last + 1)
        }
    }
}
