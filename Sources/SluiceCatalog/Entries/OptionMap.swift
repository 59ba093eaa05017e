/// The options of WITH in the order in which they were written; a key stands once.
public struct OptionMap: Sendable, Equatable {
    public private(set) var entries: [Entry]

    public struct Entry: Sendable, Equatable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// Of a key that stands twice the last value counts, at the first place.
    public init(_ pairs: [(key: String, value: String)] = []) {
        entries = []
        for pair in pairs { self[pair.key] = pair.value }
    }

    public subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.value }
        set {
            let place = entries.firstIndex { $0.key == key }
            switch (place, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    public var isEmpty: Bool { entries.isEmpty }
    public var keys: [String] { entries.map(\.key) }

    public var dictionary: [String: String] {
        var out: [String: String] = [:]
        for entry in entries { out[entry.key] = entry.value }
        return out
    }
}

extension OptionMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { (key: $0.0, value: $0.1) })
    }
}
