public import SluiceBase
import SluiceSyntax

/// Lays out the text of a job file without changing what it means.
public enum ScriptFormatter {
    /// Throws the first error of a text that does not parse. Parameters and directives stay as they are.
    public static func format(_ text: String) throws(SQLError) -> String {
        try SQLFormatter.format(text)
    }
}
