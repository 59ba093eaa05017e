import SluiceBase

/// A LIKE pattern, cut into pieces between `%`. The common shapes need one comparison or one search.
struct LikePattern: Sendable {
    /// Bytes to find; `nil` stands for `_`, any one character.
    private typealias Piece = [UInt8?]
    private enum Shape {
        case exact([UInt8])
        case prefix([UInt8])
        case suffix([UInt8])
        case contains([UInt8])
        case general([Piece], startsOpen: Bool, endsOpen: Bool)
    }

    private let shape: Shape

    /// Without ESCAPE a backslash escapes `%`, `_` and itself and is plain before anything else.
    init(_ pattern: UTF8Text.Bytes, escape: UTF8Text.Bytes?) throws(SQLError) {
        let explicit = try escapeCharacter(escape)
        let mark = explicit ?? "\\"
        var pieces: [Piece] = [[]]
        let scalars = UTF8Text.scalars(pattern)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            if scalar == mark {
                let next = index < scalars.count ? scalars[index] : nil
                if next == "%" || next == "_" || next == mark {
                    LikePattern.append(next ?? mark, to: &pieces)
                    index += 1
                    continue
                }
                if explicit != nil {
                    let shown = String(decoding: pattern, as: UTF8.self)
                    throw SQLError(.evaluation, "invalid escape sequence in the pattern \"\(shown)\"")
                }
            }
            if scalar == "%" {
                pieces.append([])
            } else if scalar == "_" {
                pieces[pieces.count - 1].append(nil)
            } else {
                LikePattern.append(scalar, to: &pieces)
            }
        }
        shape = LikePattern.shape(pieces)
    }

    private static func append(_ scalar: Unicode.Scalar, to pieces: inout [Piece]) {
        var bytes: [UInt8] = []
        UTF8Text.append(scalar, to: &bytes)
        for byte in bytes { pieces[pieces.count - 1].append(byte) }
    }

    private static func shape(_ pieces: [Piece]) -> Shape {
        let inner = pieces.enumerated().filter { !$0.element.isEmpty }.map(\.element)
        let startsOpen = pieces.count > 1 && (pieces.first?.isEmpty ?? false)
        let endsOpen = pieces.count > 1 && (pieces.last?.isEmpty ?? false)
        if inner.count <= 1, !inner.contains(where: { $0.contains { $0 == nil } }) {
            let bytes = (inner.first ?? []).compactMap { $0 }
            if pieces.count == 1 { return .exact(bytes) }
            if inner.isEmpty { return .prefix([]) }
            if startsOpen && endsOpen { return .contains(bytes) }
            return startsOpen ? .suffix(bytes) : .prefix(bytes)
        }
        return .general(inner, startsOpen: startsOpen, endsOpen: endsOpen)
    }

    func matches(_ text: UTF8Text.Bytes) -> Bool {
        switch shape {
        case .exact(let bytes):
            return bytes.count == text.count && bytes.withUnsafeBytes { UTF8Text.equal(text, 0, $0) }
        case .prefix(let bytes): return bytes.withUnsafeBytes { UTF8Text.equal(text, 0, $0) }
        case .suffix(let bytes):
            let offset = text.count - bytes.count
            return offset >= 0 && bytes.withUnsafeBytes { UTF8Text.equal(text, offset, $0) }
        case .contains(let bytes): return bytes.withUnsafeBytes { UTF8Text.find($0, in: text) != nil }
        case .general(let pieces, let startsOpen, let endsOpen):
            return matches(text, pieces, startsOpen: startsOpen, endsOpen: endsOpen)
        }
    }

    /// Pieces in order, each at the first place where it fits; the last one at the end.
    private func matches(
        _ text: UTF8Text.Bytes, _ pieces: [Piece], startsOpen: Bool, endsOpen: Bool
    ) -> Bool {
        var at = 0
        for (index, piece) in pieces.enumerated() {
            let isLast = index == pieces.count - 1
            if index == 0 && !startsOpen {
                guard let end = fit(piece, text, 0) else { return false }
                at = end
                if isLast && !endsOpen { return at == text.count }
                continue
            }
            if isLast && !endsOpen { return fitsAtEnd(piece, text, from: at) }
            guard let end = search(piece, text, from: at) else { return false }
            at = end
        }
        return endsOpen || at == text.count
    }

    /// The end of the piece placed at `start`.
    private func fit(_ piece: Piece, _ text: UTF8Text.Bytes, _ start: Int) -> Int? {
        var at = start
        for wanted in piece {
            guard at < text.count else { return nil }
            if let wanted {
                if text[at] != wanted { return nil }
                at += 1
            } else {
                at = Swift.min(at + UTF8Text.width(text[at]), text.count)
            }
        }
        return at
    }

    private func search(_ piece: Piece, _ text: UTF8Text.Bytes, from start: Int) -> Int? {
        var at = start
        while at <= text.count {
            if let end = fit(piece, text, at) { return end }
            guard at < text.count else { return nil }
            at += UTF8Text.width(text[at])
        }
        return nil
    }

    private func fitsAtEnd(_ piece: Piece, _ text: UTF8Text.Bytes, from start: Int) -> Bool {
        var at = text.count
        for wanted in piece.reversed() {
            guard at > start else { return false }
            if let wanted {
                at -= 1
                if text[at] != wanted { return false }
            } else {
                at = UTF8Text.previous(text, at)
            }
        }
        return at >= start
    }
}
