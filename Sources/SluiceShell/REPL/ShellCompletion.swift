import SluiceBase
import SluiceCatalog
import SluiceEngine
import SluiceExpressions
import SluiceSyntax

/// What Tab offers: meta commands, keys of SET, tables, functions and keywords.
struct ShellCompletion {
    let session: Session
    /// The lines before the one that is typed.
    let pending: String

    private static let limit = 200

    /// Candidates for the bytes `range` of the line.
    func candidates(_ line: String, _ range: Range<Int>) -> [String] {
        let bytes = Array(line.utf8)
        guard range.upperBound <= bytes.count else { return [] }
        let word = String(decoding: bytes[range], as: UTF8.self)
        let before = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
        if pending.isEmpty, word.hasPrefix("\\"), Shell.trimmed(before).isEmpty {
            return MetaCommand.all.map { "\\" + $0.name }.filter { $0.hasPrefix(word) }
        }
        if pending.isEmpty, Shell.trimmed(before).hasPrefix("\\") { return relations(word) }
        switch StatementSplitter(pending + before).opening {
        case .string: return settings(word, before)
        case .comment, .identifier: return []
        default: break
        }
        guard !word.isEmpty else { return relations(word) }
        return Array((relations(word) + functions(word) + keywords(word)).prefix(Self.limit))
    }

    private func settings(_ word: String, _ before: String) -> [String] {
        let text = Shell.trimmed(pending + before).uppercased()
        guard text.hasPrefix("SET"), text.filter({ $0 == "'" }).count == 1 else { return [] }
        return SettingKeys.all.map(\.name).filter { $0.hasPrefix(word) }.sorted()
    }

    private func relations(_ word: String) -> [String] {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        do {
            let database = try session.catalog.databaseName(Array(parts.dropLast()))
            let prefix = parts.dropLast().map { $0 + "." }.joined()
            let objects = try session.catalog.objects(.relation, in: database)
            return objects.map { prefix + $0.name.object }.filter {
                $0.lowercased().hasPrefix(word.lowercased())
            }
        } catch {
            return []
        }
    }

    private func functions(_ word: String) -> [String] {
        let wanted = word.uppercased()
        let names = session.engine.functions.names + session.engine.aggregates.names
        return Set(names.filter { $0.uppercased().hasPrefix(wanted) }).sorted().map { cased($0, like: word) }
    }

    /// In the letters, small or capital, in which the word was begun.
    private func cased(_ name: String, like word: String) -> String {
        word == word.lowercased() ? name.lowercased() : name.uppercased()
    }

    private func keywords(_ word: String) -> [String] {
        let wanted = word.uppercased()
        return StatementHelp.words.filter { $0.hasPrefix(wanted) }.map { cased($0, like: word) }
    }
}
