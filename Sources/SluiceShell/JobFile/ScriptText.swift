public import SluiceBase

/// A text put together from files and parameter values, with the way back to the places in the files.
public struct ScriptText: Sendable {
    /// A stretch of the text and where it came from.
    struct Piece: Sendable {
        var start: Int
        var source: Int
        var origin: SourceSpan
        /// A copy of the file; otherwise the value of a parameter.
        var isVerbatim: Bool
    }

    public let text: String
    public let sources: [SourceText]
    /// In ascending order of `start`; the first starts at 0.
    let pieces: [Piece]

    init(text: String, sources: [SourceText], pieces: [Piece]) {
        self.text = text
        self.sources = sources
        self.pieces = pieces
    }

    /// A text that is one file as it stands.
    public init(name: String, text: String) {
        self.text = text
        sources = [SourceText(name: name, text: text)]
        let all = SourceSpan(0, text.utf8.count)
        pieces = [Piece(start: 0, source: 0, origin: all, isVerbatim: true)]
    }

    /// The file and the place in it of a span of the text.
    public func place(of span: SourceSpan) -> (source: SourceText, span: SourceSpan)? {
        guard let first = piece(at: span.lower), first.source < sources.count else { return nil }
        let lower = first.isVerbatim ? first.origin.lower + span.lower - first.start : first.origin.lower
        var upper = first.origin.upper
        if let last = piece(at: max(span.lower, span.upper - 1)), last.source == first.source {
            upper = last.isVerbatim ? last.origin.lower + span.upper - last.start : last.origin.upper
        }
        return (sources[first.source], SourceSpan(lower, max(lower, upper)))
    }

    private func piece(at offset: Int) -> Piece? {
        guard !pieces.isEmpty else { return nil }
        var low = 0
        var high = pieces.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if pieces[middle].start <= offset { low = middle } else { high = middle - 1 }
        }
        return pieces[low]
    }

    /// The error with its places in the file where it happened.
    public func located(_ error: SQLError) -> (error: SQLError, source: SourceText?) {
        guard let span = error.span, let found = place(of: span) else { return (error, sources.first) }
        var copy = error
        copy.span = found.span
        copy.notes = error.notes.map { note in
            guard let span = note.span, let there = place(of: span), there.source.name == found.source.name
            else {
                return SQLError.Note(note.message)
            }
            return SQLError.Note(note.message, span: there.span)
        }
        return (copy, found.source)
    }
}

/// An error of a script with the file in which it is.
public struct ScriptError: Error, Sendable {
    public var error: SQLError
    public var source: SourceText?

    public init(_ error: SQLError, source: SourceText? = nil) {
        self.error = error
        self.source = source
    }
}
