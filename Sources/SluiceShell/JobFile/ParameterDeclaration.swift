import SluiceBase

/// `--@ param name TYPE DEFAULT value`.
struct ParameterDeclaration: Equatable {
    var name: String
    var type: ParameterType
    /// nil: a value must be given.
    var defaultValue: String?

    /// Reads what stands behind `param`.
    init(_ text: Substring, at span: SourceSpan) throws(SQLError) {
        let usage = "--@ param name TYPE DEFAULT value"
        var rest = text.drop(while: Self.isBlank)
        name = String(rest.prefix { !Self.isBlank($0) })
        rest = rest.dropFirst(name.count).drop(while: Self.isBlank)
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte), !rest.isEmpty else {
            throw SQLError(
                .parameter, "a parameter needs a name and a type", span: span, hint: "write \(usage)")
        }
        var typeText = String(rest)
        defaultValue = nil
        if let range = Self.defaultWord(in: rest) {
            typeText = String(rest[..<range.lowerBound])
            let written = Self.trimmed(rest[range.upperBound...])
            guard let value = Self.literal(written) else {
                throw SQLError(
                    .parameter, "the default of parameter \"\(name)\" is no literal", span: span,
                    hint: "write \(usage), with texts in single quotes")
            }
            defaultValue = value
        } else if typeText.uppercased().hasSuffix(" REQUIRED") {
            typeText = String(typeText.dropLast(9))
        }
        guard let type = ParameterType(typeText) else {
            let shown = PrintableText.of(Self.trimmed(Substring(typeText)))
            throw SQLError(
                .parameter, "\"\(shown)\" is no type of parameters", span: span,
                label: DidYouMean.label(shown.uppercased(), in: ParameterType.words),
                hint: "types are " + ParameterType.words.joined(separator: ", "))
        }
        self.type = type
        if let value = defaultValue, let complaint = type.complaint(about: value) {
            throw SQLError(.parameter, "the default of parameter \"\(name)\" \(complaint)", span: span)
        }
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: return true
        default: return false
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var out = text.drop(while: isBlank)
        while let last = out.last, isBlank(last) { out = out.dropLast() }
        return String(out)
    }

    /// The word DEFAULT between the type and the value.
    private static func defaultWord(in text: Substring) -> Range<Substring.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            let end = text[start...].firstIndex(where: isBlank) ?? text.endIndex
            if text[start..<end].uppercased() == "DEFAULT" { return start..<end }
            start = text[end...].firstIndex { !isBlank($0) } ?? text.endIndex
        }
        return nil
    }

    /// The value that a literal stands for; nil: not a literal.
    private static func literal(_ text: String) -> String? {
        var body = Substring(text)
        for word in ["DATE", "TIMESTAMP", "TIME"] where body.uppercased().hasPrefix(word) {
            let rest = body.dropFirst(word.count).drop(while: isBlank)
            if rest.first == "'" {
                body = rest
                break
            }
        }
        if body.first == "'" || body.first == "`" {
            let quote = body.removeFirst()
            guard body.popLast() == quote else { return nil }
            let pair = String([quote, quote])
            let inner = String(body)
            guard !inner.replacing(pair, with: "").contains(quote) else { return nil }
            return inner.replacing(pair, with: String(quote))
        }
        guard !body.isEmpty, !body.contains(where: { isBlank($0) || $0 == "'" || $0 == "`" }) else {
            return nil
        }
        return String(body)
    }
}
