import SluiceBase

/// A path such as `lax $.a.b[0]`. Without a mode it is strict: what is missing is an error.
struct JSONPath: Sendable {
    enum Step: Sendable {
        case member([UInt8])
        case members([[UInt8]])
        case index(Int)
        case indices([Int])
        case slice(Int?, Int?)
        case wildcard
        /// `..`: this value and everything below it.
        case descend
    }

    enum Outcome {
        case found(JSONValue)
        /// Nothing, without being an error.
        case none
        case failed(String)
    }

    let isLax: Bool
    let steps: [Step]

    /// A path with `*`, `..` or several members gives an array of what it finds.
    var isDefinite: Bool {
        steps.allSatisfy { step in
            switch step {
            case .member, .index: return true
            default: return false
            }
        }
    }

    /// nil for text that is no path.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var text = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)[...]
        func trimmed(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
            text.drop { $0.properties.isWhitespace }
        }
        text = trimmed(text)
        var lax = false
        for (word, flag) in [("lax", true), ("strict", false)] {
            let prefix = String(String.UnicodeScalarView(text.prefix(word.count))).lowercased()
            let rest = text.dropFirst(word.count)
            if prefix == word, let next = rest.first, next.properties.isWhitespace {
                lax = flag
                text = trimmed(rest)
                break
            }
        }
        isLax = lax
        while let last = text.last, last.properties.isWhitespace { text = text.dropLast() }
        guard text.first == "$" else { return nil }
        var reader = PathReader(text: Array(text.dropFirst()))
        guard let read = reader.steps() else { return nil }
        steps = read
    }

    func evaluate(_ root: JSONValue) -> Outcome {
        var found: [JSONValue] = []
        if let failure = walk(root, 0, isDefinite: true, &found) { return isLax ? lost() : .failed(failure) }
        if isDefinite {
            if let value = found.first {
                return isLax || !value.isNull ? .found(value) : .failed("the path finds null")
            }
            return isLax ? .none : .failed("the path finds nothing")
        }
        return .found(.array(found))
    }

    private func lost() -> Outcome { isDefinite ? .none : .found(.array([])) }

    /// Text of a failure, or nil.
    private func walk(_ value: JSONValue, _ depth: Int, isDefinite: Bool, _ found: inout [JSONValue])
        -> String?
    {
        guard depth < steps.count else {
            found.append(value)
            return nil
        }
        let fails = isDefinite && !isLax
        switch steps[depth] {
        case .member(let key):
            guard case .object = value else { return fails ? "the path needs an object" : nil }
            if let child = value[key] { return walk(child, depth + 1, isDefinite: isDefinite, &found) }
            return fails && depth < steps.count - 1 ? "the path misses a member" : nil
        case .members(let keys):
            guard case .object = value else { return fails ? "the path needs an object" : nil }
            var kept: [JSONValue.Member] = []
            for key in keys {
                if let child = value[key] { kept.append(JSONValue.Member(key: key, value: child)) }
            }
            return walk(.object(kept), depth + 1, isDefinite: false, &found)
        case .wildcard:
            for child in JSONPath.children(value) { _ = walk(child, depth + 1, isDefinite: false, &found) }
            return nil
        case .descend:
            for child in JSONPath.descendants(value) { _ = walk(child, depth + 1, isDefinite: false, &found) }
            return nil
        case .index, .indices, .slice:
            return walkArray(value, depth, fails: fails, isDefinite: isDefinite, &found)
        }
    }

    private func walkArray(
        _ value: JSONValue, _ depth: Int, fails: Bool, isDefinite: Bool, _ found: inout [JSONValue]
    ) -> String? {
        guard case .array(let values) = value else { return fails ? "the path needs an array" : nil }
        func at(_ index: Int) -> JSONValue? {
            let place = index < 0 ? values.count + index : index
            return values.indices.contains(place) ? values[place] : nil
        }
        switch steps[depth] {
        case .index(let index):
            guard let child = at(index) else { return nil }
            return walk(child, depth + 1, isDefinite: isDefinite, &found)
        case .indices(let list):
            for index in list {
                if let child = at(index) { _ = walk(child, depth + 1, isDefinite: false, &found) }
            }
        case .slice(let from, let to):
            func bound(_ index: Int) -> Int {
                Swift.min(Swift.max(index < 0 ? values.count + index : index, 0), values.count)
            }
            let start = bound(from ?? 0)
            let end = bound(to ?? values.count)
            if start < end {
                for child in values[start..<end] { _ = walk(child, depth + 1, isDefinite: false, &found) }
            }
        default: break
        }
        return nil
    }

    private static func children(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .array(let values): return values
        case .object(let members): return members.map(\.value)
        default: return []
        }
    }

    private static func descendants(_ value: JSONValue) -> [JSONValue] {
        [value] + children(value).flatMap { descendants($0) }
    }
}

private struct PathReader {
    let text: [Unicode.Scalar]
    var position = 0

    init(text: [Unicode.Scalar]) { self.text = text }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < text.count ? text[position + ahead] : nil
    }

    mutating func steps() -> [JSONPath.Step]? {
        var steps: [JSONPath.Step] = []
        while let scalar = peek() {
            switch scalar {
            case ".":
                position += 1
                if peek() == "." {
                    steps.append(.descend)
                    position += 1
                    if peek() == "[" { continue }
                }
                guard let step = name() else { return nil }
                steps.append(step)
            case "[":
                guard let step = bracket() else { return nil }
                steps.append(step)
            default: return nil
            }
        }
        return steps
    }

    private mutating func name() -> JSONPath.Step? {
        if peek() == "*" {
            position += 1
            return .wildcard
        }
        var key = String.UnicodeScalarView()
        while let scalar = peek(), scalar != ".", scalar != "[" {
            if scalar.properties.isWhitespace || scalar == "(" || scalar == ")" { return nil }
            key.append(scalar)
            position += 1
        }
        return key.isEmpty ? nil : .member(Array(String(key).utf8))
    }

    private mutating func bracket() -> JSONPath.Step? {
        position += 1
        guard let end = closing() else { return nil }
        let inner = text[position..<end]
        let blanks = inner.drop { $0.properties.isWhitespace }
        guard let first = blanks.first else { return nil }
        let step = first == "'" || first == "\"" ? names(blanks) : numbers(blanks)
        position = end + 1
        return step
    }

    /// The place of the closing bracket, past quoted names.
    private func closing() -> Int? {
        var quote: Unicode.Scalar?
        var at = position
        while at < text.count {
            let scalar = text[at]
            if let open = quote {
                if scalar == "\\" { at += 1 } else if scalar == open { quote = nil }
            } else if scalar == "'" || scalar == "\"" {
                quote = scalar
            } else if scalar == "]" {
                return at
            }
            at += 1
        }
        return nil
    }

    private func names(_ text: ArraySlice<Unicode.Scalar>) -> JSONPath.Step? {
        var keys: [[UInt8]] = []
        var at = text.startIndex
        while at < text.endIndex {
            while at < text.endIndex, text[at].properties.isWhitespace { at += 1 }
            guard at < text.endIndex, text[at] == "'" || text[at] == "\"" else { return nil }
            let quote = text[at]
            at += 1
            var key = String.UnicodeScalarView()
            while at < text.endIndex, text[at] != quote {
                if text[at] == "\\", at + 1 < text.endIndex { at += 1 }
                key.append(text[at])
                at += 1
            }
            guard at < text.endIndex else { return nil }
            at += 1
            keys.append(Array(String(key).utf8))
            while at < text.endIndex, text[at].properties.isWhitespace { at += 1 }
            if at < text.endIndex {
                guard text[at] == "," else { return nil }
                at += 1
            }
        }
        return keys.count == 1 ? .member(keys[0]) : .members(keys)
    }

    private func numbers(_ scalars: ArraySlice<Unicode.Scalar>) -> JSONPath.Step? {
        let text = String(String.UnicodeScalarView(scalars)).split(separator: " ").joined()
        if text == "*" { return .wildcard }
        if text.contains(":") {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let bounds = parts.map { Int($0) }
            for (part, bound) in zip(parts, bounds) where !part.isEmpty && bound == nil { return nil }
            return .slice(bounds[0], bounds[1])
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let indices = parts.compactMap { $0 }
        guard indices.count == parts.count, !indices.isEmpty, !scalars.contains(where: { $0 == "t" }) else {
            return nil
        }
        return indices.count == 1 ? .index(indices[0]) : .indices(indices)
    }
}
