/// The lines of a table that is drawn with characters.
struct GridStyle {
    /// Left end, crossing, right end, and what is between them; nil: no such line.
    typealias Rule = (left: String, middle: String, right: String, fill: String)

    var top: Rule?
    var belowHeader: Rule?
    var bottom: Rule?
    var edge: String
    /// Every cell stands at the right, as in Flink's tableau.
    var alignsRight = false
    /// The rule below the header tells the alignment, as in Markdown.
    var marksAlignment = false
    /// Stands for what was cut, and for rows that were left out.
    var cutMark = "…"
    var gapMark = "·"

    static let box = GridStyle(
        top: ("┌", "┬", "┐", "─"), belowHeader: ("├", "┼", "┤", "─"), bottom: ("└", "┴", "┘", "─"), edge: "│")

    /// The box on a terminal without UTF-8.
    static let plainBox = GridStyle(
        top: ("+", "+", "+", "-"), belowHeader: ("+", "+", "+", "-"), bottom: ("+", "+", "+", "-"), edge: "|",
        cutMark: "~", gapMark: ".")

    /// Flink's tableau.
    static let tableau = GridStyle(
        top: ("+", "+", "+", "-"), belowHeader: ("+", "+", "+", "-"), bottom: ("+", "+", "+", "-"), edge: "|",
        alignsRight: true, cutMark: "~", gapMark: ".")

    static let markdown = GridStyle(
        top: nil, belowHeader: ("|", "|", "|", "-"), bottom: nil, edge: "|", marksAlignment: true)
}
