/// Finds the name that the user probably meant.
///
/// A name that differs only in upper and lower case comes first. Otherwise the nearest by Damerau-Levenshtein
/// distance, if it is at most a third of the length (and at least 1); names of one letter are never guessed.
public enum DidYouMean {
    /// The candidate nearest to `name`, or nil where none is near. Ties go to the alphabetically first.
    public static func nearest(_ name: String, in candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.unicodeScalars)
        let folded = fold(wanted)
        guard wanted.count > 1, wanted.count <= maximumLength else { return nil }
        let limit = max(1, wanted.count / 3)
        var best: String?
        var bestDistance = limit + 1
        for candidate in candidates where candidate != name {
            let scalars = Array(candidate.unicodeScalars)
            guard scalars.count > 1, abs(scalars.count - wanted.count) <= limit else { continue }
            let foldedCandidate = fold(scalars)
            let distance: Int
            if foldedCandidate == folded {
                distance = 0
            } else {
                distance = max(1, damerauLevenshtein(folded, foldedCandidate, limit: limit))
            }
            if distance < bestDistance {
                best = candidate
                bestDistance = distance
            } else if distance == bestDistance, let current = best, candidate < current {
                best = candidate
            }
        }
        return best
    }

    /// Up to `count` names, nearest first.
    public static func near(_ name: String, in candidates: some Sequence<String>, count: Int) -> [String] {
        var rest = Array(candidates)
        var found: [String] = []
        while found.count < count, let next = nearest(name, in: rest) {
            found.append(next)
            rest.removeAll { $0 == next }
        }
        return found
    }

    /// The label of an error about `name`: `did you mean "amount"?`, or nil. It says when only the case differs.
    public static func label(_ name: String, in candidates: some Sequence<String>) -> String? {
        guard let found = nearest(name, in: candidates) else { return nil }
        if fold(Array(found.unicodeScalars)) == fold(Array(name.unicodeScalars)) {
            return "exists as \"\(found)\"; identifiers are case-sensitive"
        }
        return "did you mean \"\(found)\"?"
    }

    /// Longer names are not compared: the work grows with the square of the length.
    private static let maximumLength = 200

    private static func fold(_ scalars: [Unicode.Scalar]) -> [UInt32] {
        scalars.map { $0.isASCII && $0.value >= 65 && $0.value <= 90 ? $0.value + 32 : $0.value }
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours (optimal string alignment);
    /// `limit + 1` when it is larger than the limit.
    static func damerauLevenshtein(_ a: [UInt32], _ b: [UInt32], limit: Int) -> Int {
        if abs(a.count - b.count) > limit { return limit + 1 }
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var row = last
        for i in 1...a.count {
            row[0] = i
            var smallest = i
            for j in 1...b.count {
                let replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var cost = min(replace, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    cost = min(cost, beforeLast[j - 2] + 1)
                }
                row[j] = cost
                smallest = min(smallest, cost)
            }
            if smallest > limit { return limit + 1 }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
