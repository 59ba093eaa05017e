/// The word that was probably meant.
enum Suggestion {
    static func nearest(to word: String, among candidates: [String]) -> String? {
        candidates.first { $0.lowercased() == word.lowercased() }
    }
}
