import Glibc
public import SluiceBase

/// An `hbase-site.xml`: names and values of its properties, later ones winning, with `${name}` replaced as
/// Hadoop's configuration does. Errors name the file and the line.
public struct SiteFile: Sendable, Hashable {
    public let path: String
    public let values: [String: String]

    static let maxBytes = 4 << 20

    public init(path: String) throws(SQLError) {
        self.init(path: path, values: try Self.parse(try Self.read(path), path))
    }

    init(path: String, values: [String: String]) {
        self.path = path
        self.values = values.mapValues { Self.expand($0, values) }
    }

    /// The `hbase-site.xml` of a folder; nil: there is none.
    public static func inside(folder: String) throws(SQLError) -> SiteFile? {
        let path = folder + "/hbase-site.xml"
        guard access(path, F_OK) == 0 else { return nil }
        return try SiteFile(path: path)
    }

    private static func read(_ path: String) throws(SQLError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            let code = errno
            if code == ENOENT {
                throw SQLError(
                    .connectorOption, "there is no \"\(path)\"",
                    hint: "name an hbase-site.xml, or the folder that holds it")
            }
            throw SQLError(.connectorOption, "\"\(path)\" cannot be read: \(String(cString: strerror(code)))")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= maxBytes {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                let code = errno
                if code == EISDIR {
                    throw SQLError(.connectorOption, "the folder \"\(path)\" holds no hbase-site.xml")
                }
                throw SQLError(
                    .connectorOption, "\"\(path)\" cannot be read: \(String(cString: strerror(code)))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
        throw SQLError(.connectorOption, "\"\(path)\" is too large for an hbase-site.xml")
    }

    static func parse(_ bytes: [UInt8], _ path: String) throws(SQLError) -> [String: String] {
        var reader = SiteReader(bytes, path)
        return try reader.properties()
    }

    /// `${a.b}` stands for the value of `a.b`, at most 20 deep; one without a value stays as it is.
    private static func expand(_ text: String, _ values: [String: String]) -> String {
        var result = text
        for _ in 0..<20 {
            guard let open = result.firstRange(of: "${"),
                let close = result[open.upperBound...].firstIndex(of: "}")
            else { return result }
            let name = String(result[open.upperBound..<close])
            guard let value = values[name], value != text else { return result }
            result.replaceSubrange(open.lowerBound...close, with: value)
        }
        return result
    }
}

/// The little XML that configuration files are made of: elements without meaning in their attributes, text,
/// entities, comments, CDATA and declarations.
private struct SiteReader {
    private let bytes: [UInt8]
    private let path: String
    private var at = 0

    init(_ bytes: [UInt8], _ path: String) {
        self.bytes = bytes
        self.path = path
    }

    mutating func properties() throws(SQLError) -> [String: String] {
        var found: [String: String] = [:]
        var path: [String] = []
        var name: String?
        var value: String?
        var text: [UInt8] = []
        while at < bytes.count {
            if bytes[at] != 0x3C {
                try appendText(to: &text)
                continue
            }
            if skip("<!--", upTo: "-->") || skip("<?", upTo: "?>") { continue }
            if starts(with: "<![CDATA[") {
                at += 9
                guard let end = find("]]>") else { throw damaged("a CDATA section does not end") }
                text.append(contentsOf: bytes[at..<end])
                at = end + 3
                continue
            }
            if skip("<!", upTo: ">") { continue }
            let tag = try readTag()
            if !tag.isClosing {
                if tag.name.hasSuffix("include") { throw damaged("xi:include is not supported") }
                if !tag.isEmpty { path.append(tag.name) }
                if tag.name == "property" { (name, value) = (nil, nil) }
                text.removeAll()
                continue
            }
            guard path.last == tag.name else { throw damaged("</\(tag.name)> closes nothing") }
            path.removeLast()
            if path.last == "property" {
                if tag.name == "name" { name = trimmed(text) }
                if tag.name == "value" { value = trimmed(text) }
            } else if tag.name == "property", let name, let value {
                found[name] = value
            }
            text.removeAll()
        }
        guard path.isEmpty else { throw damaged("<\(path.last ?? "")> is not closed") }
        return found
    }

    private struct Tag {
        var name: String
        var isClosing: Bool
        var isEmpty: Bool
    }

    private mutating func readTag() throws(SQLError) -> Tag {
        guard let end = find(">") else { throw damaged("a tag does not end") }
        var inner = bytes[(at + 1)..<end]
        at = end + 1
        let isClosing = inner.first == 0x2F
        if isClosing { inner = inner.dropFirst() }
        let isEmpty = inner.last == 0x2F
        let word = inner.prefix { $0 > 0x20 && $0 != 0x2F }
        guard !word.isEmpty else { throw damaged("a tag has no name") }
        return Tag(name: String(decoding: word, as: UTF8.self), isClosing: isClosing, isEmpty: isEmpty)
    }

    private mutating func appendText(to text: inout [UInt8]) throws(SQLError) {
        guard bytes[at] == 0x26 else {
            text.append(bytes[at])
            at += 1
            return
        }
        guard let end = bytes[at...].prefix(12).firstIndex(of: 0x3B) else {
            throw damaged("an entity does not end")
        }
        let name = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
        at = end + 1
        switch name {
        case "lt": text.append(0x3C)
        case "gt": text.append(0x3E)
        case "amp": text.append(0x26)
        case "quot": text.append(0x22)
        case "apos": text.append(0x27)
        default:
            let isHex = name.hasPrefix("#x")
            let digits = name.dropFirst(isHex ? 2 : 1)
            guard name.hasPrefix("#"), let code = UInt32(digits, radix: isHex ? 16 : 10),
                let scalar = Unicode.Scalar(code)
            else { throw damaged("&\(name); is not known") }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        }
    }

    private mutating func skip(_ start: StaticString, upTo end: StaticString) -> Bool {
        guard starts(with: start) else { return false }
        at = find(end).map { $0 + end.utf8CodeUnitCount } ?? bytes.count
        return true
    }

    private func starts(with text: StaticString) -> Bool { matches(text, at) }

    private func matches(_ text: StaticString, _ position: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
        return true
    }

    private func find(_ text: StaticString) -> Int? {
        var position = at
        while position < bytes.count {
            if matches(text, position) { return position }
            position += 1
        }
        return nil
    }

    private func trimmed(_ text: [UInt8]) -> String {
        let body = text.drop { $0 <= 0x20 }
        let end = body.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? body.startIndex
        return String(decoding: body[body.startIndex..<end], as: UTF8.self)
    }

    private func damaged(_ what: String) -> SQLError {
        let line = bytes[..<min(at, bytes.count)].reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
        return SQLError(.connectorOption, "\"\(path)\" is no hbase-site.xml: line \(line): \(what)")
    }
}
