public import SluiceBase
import SluiceSyntax

/// Makes the text of a job file ready to be parsed: includes put in place, parameters filled in.
///
/// A value becomes a literal, a quoted name or part of a string, never more: it cannot change what kind of statement
/// it stands in, or how many statements there are.
public struct ScriptReader {
    private struct File {
        var source: Int
        var bytes: [UInt8]
        var items: [ScriptScanner.Item]
        /// By the position of the directive in `items`.
        var includes: [Int: Int] = [:]
    }

    private let disk: any Disk
    private let values: ParameterValues
    /// Whether every `${name}` must be declared; false: those of texts that declare nothing are left alone.
    private let isStrict: Bool
    private var sources: [SourceText] = []
    private var files: [File] = []
    private var declarations: [String: ParameterDeclaration] = [:]
    private var root = ""

    private static let maxFiles = 100

    /// The text of a script, and the names of the parameters that it declares. `folder`: where its includes are on the
    /// disk.
    public static func read(
        name: String, text: String, folder: String, on disk: any Disk, values: ParameterValues, isStrict: Bool
    ) throws(ScriptError) -> (script: ScriptText, declared: [String]) {
        var reader = ScriptReader(disk: disk, values: values, isStrict: isStrict)
        reader.root = (try? disk.resolve(folder)) ?? folder
        let main = try reader.load(name: name, text: text, folder: folder, open: [])
        let script = try reader.assemble(main)
        return (script, reader.declarations.keys.sorted())
    }

    private init(disk: any Disk, values: ParameterValues, isStrict: Bool) {
        self.disk = disk
        self.values = values
        self.isStrict = isStrict
    }

    // MARK: Directives

    private mutating func load(name: String, text: String, folder: String, open: [String]) throws(ScriptError)
        -> Int
    {
        let bytes = Array(text.utf8)
        let source = SourceText(name: name, text: text)
        let index = files.count
        sources.append(source)
        files.append(File(source: index, bytes: bytes, items: ScriptScanner.items(of: bytes)))
        for (position, item) in files[index].items.enumerated() {
            guard case .directive(let text, let span) = item else { continue }
            var found: Included?
            do throws(SQLError) {
                if let path = try directive(text, span) { found = try include(path, span, folder, open) }
            } catch {
                throw ScriptError(error, source: source)
            }
            if let found {
                files[index].includes[position] = try load(
                    name: found.name, text: found.text, folder: found.folder, open: open + [found.path])
            }
        }
        return index
    }

    /// Takes one directive; the path of an include.
    private mutating func directive(_ text: String, _ span: SourceSpan) throws(SQLError) -> String? {
        let word = text.prefix { $0 != " " && $0 != "\t" }
        let rest = text.dropFirst(word.count)
        switch word {
        case "param":
            let declaration = try ParameterDeclaration(rest, at: span)
            if let other = declarations[declaration.name], other != declaration {
                throw SQLError(.parameter, "parameter \"\(declaration.name)\" is declared twice", span: span)
            }
            declarations[declaration.name] = declaration
            return nil
        case "include":
            var path = rest.drop { $0 == " " || $0 == "\t" }
            if path.first == "'", path.last == "'", path.count > 1 { path = path.dropFirst().dropLast() }
            guard !path.isEmpty else {
                throw SQLError(.parameter, "include needs the name of a file", span: span)
            }
            return String(path)
        default:
            // `key: value` is a description of the job; other tools have words of their own.
            guard !word.contains(":"), rest.drop(while: { $0 == " " }).first != ":",
                let near = DidYouMean.nearest(String(word), in: ["param", "include"])
            else { return nil }
            throw SQLError(
                .parameter, "directive \"\(PrintableText.of(String(word)))\" is not known", span: span,
                label: "did you mean \"\(near)\"?")
        }
    }

    private typealias Included = (name: String, text: String, folder: String, path: String)

    private func include(
        _ path: String, _ span: SourceSpan, _ folder: String, _ open: [String]
    ) throws(SQLError) -> Included {
        let shown = PrintableText.of(path)
        let name = path.hasPrefix("/") || folder == "." ? path : folder + "/" + path
        guard files.count < Self.maxFiles else {
            throw SQLError(.parameter, "too many files are included", span: span)
        }
        let real: String
        do throws(DiskError) { real = try disk.resolve(name) } catch {
            throw SQLError(.parameter, "\"\(shown)\" cannot be read: \(error.reason)", span: span)
        }
        guard real.hasPrefix(root == "/" ? "/" : root + "/") else {
            throw SQLError(
                .refusedByPolicy, "\"\(shown)\" lies outside the folder of the job file", span: span)
        }
        guard !open.contains(real) else {
            throw SQLError(.parameter, "\"\(shown)\" includes itself", span: span)
        }
        let text: String
        do throws(DiskError) { text = try TextFile.read(real, on: disk) } catch {
            throw SQLError(.parameter, "\"\(shown)\" cannot be read: \(error.reason)", span: span)
        }
        let parent = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? "."
        return (name, text, parent, real)
    }

    // MARK: Assembly

    private struct Output {
        var bytes: [UInt8] = []
        var pieces: [ScriptText.Piece] = []

        mutating func append(_ text: ArraySlice<UInt8>, _ source: Int, _ origin: SourceSpan, isVerbatim: Bool)
        {
            pieces.append(
                ScriptText.Piece(start: bytes.count, source: source, origin: origin, isVerbatim: isVerbatim))
            bytes += text
        }
    }

    private func assemble(_ main: Int) throws(ScriptError) -> ScriptText {
        var output = Output()
        try append(main, &output, isMain: true)
        if output.pieces.isEmpty { output.append([], main, SourceSpan(0, 0), isVerbatim: true) }
        return ScriptText(
            text: String(decoding: output.bytes, as: UTF8.self), sources: sources, pieces: output.pieces)
    }

    private func append(_ index: Int, _ output: inout Output, isMain: Bool = false) throws(ScriptError) {
        let file = files[index]
        var copied = isMain ? 0 : Self.textStart(file.bytes)
        func copy(to end: Int, _ output: inout Output) {
            guard end > copied else { return }
            output.append(file.bytes[copied..<end], index, SourceSpan(copied, end), isVerbatim: true)
            copied = end
        }
        for (position, item) in file.items.enumerated() {
            switch item {
            case .directive(_, let span):
                guard let included = file.includes[position] else { continue }
                copy(to: span.upper, &output)
                output.append([0x0A], index, span, isVerbatim: false)
                try append(included, &output)
                let needsEnd =
                    StatementSplitter(String(decoding: files[included].bytes, as: UTF8.self)).opening
                    == .statement
                output.append(needsEnd ? [0x0A, 0x3B, 0x0A] : [0x0A], index, span, isVerbatim: false)
            case .use(let name, let context, let span):
                guard isStrict || !declarations.isEmpty else { continue }
                copy(to: span.lower, &output)
                do throws(SQLError) {
                    let text = try rendered(name, context, span, before: output.bytes)
                    output.append(Array(text.utf8)[...], index, span, isVerbatim: false)
                } catch {
                    throw ScriptError(error, source: sources[file.source])
                }
                copied = span.upper
            }
        }
        copy(to: file.bytes.count, &output)
    }

    /// Behind the byte order mark and the `#!` line.
    private static func textStart(_ bytes: [UInt8]) -> Int {
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if bytes[start...].starts(with: Array("#!".utf8)) {
            while start < bytes.count, bytes[start] != 0x0A { start += 1 }
        }
        return start
    }

    // MARK: Values

    private func rendered(
        _ name: String, _ context: ScriptScanner.Context, _ span: SourceSpan, before: [UInt8]
    ) throws(SQLError) -> String {
        guard let declaration = declarations[name] else {
            throw SQLError(
                .parameter, "parameter \"\(name)\" is not declared", span: span,
                label: DidYouMean.label(name, in: declarations.keys), hint: "--@ param \(name) STRING")
        }
        let given = values.find(name)
        guard let value = given?.value ?? declaration.defaultValue else {
            throw SQLError(
                .parameter, "parameter \"\(name)\" has no value", span: span,
                hint: "-v \(name)=…, \(ParameterValues.prefix)\(name)=… or a default")
        }
        if let complaint = declaration.type.complaint(about: value) {
            let origin = given.map { " (from \($0.origin))" } ?? ""
            throw SQLError(.parameter, "the value of parameter \"\(name)\"\(origin) \(complaint)", span: span)
        }
        switch context {
        case .string: return ParameterType.doubled(value, "'")
        case .escapedString:
            throw SQLError(.parameter, "a parameter cannot stand in a string with escapes", span: span)
        case .identifier:
            guard declaration.type == .identifier else {
                throw SQLError(
                    .parameter,
                    "parameter \"\(name)\" stands in a name but is declared as \(declaration.type.name)",
                    span: span, hint: "declare it as IDENTIFIER")
            }
            return ParameterType.doubled(value, "`")
        case .bare:
            let literal = declaration.type.literal(value)
            if literal.hasPrefix("("), Self.endsWithOperand(before) {
                throw SQLError(
                    .parameter, "the negative value of parameter \"\(name)\" cannot stand here", span: span,
                    hint: "put an operator or a comma in front of it")
            }
            return " " + literal + " "
        }
    }

    /// Whether a bracket behind the text would make a call, or call for an operator.
    private static func endsWithOperand(_ bytes: [UInt8]) -> Bool {
        guard let last = Lexer.tokens(of: bytes).dropLast().last else { return false }
        switch last.kind {
        case .word: return last.keyword.map { !$0.isReserved || $0.isCallable } ?? true
        case .quotedIdentifier, .plainString, .digits, .decimalDigits, .approximate, .rightParen,
            .rightBracket:
            return true
        default: return false
        }
    }
}
