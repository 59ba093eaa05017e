import SluiceBase

/// A path with `*`, `?` and `[a-z]` in its components.
struct PathPattern {
    private let components: [String]
    private let isAbsolute: Bool

    init(_ path: String) {
        isAbsolute = path.hasPrefix("/")
        components = path.split(separator: "/").map(String.init)
    }

    /// Paths that exist, sorted.
    func matches(on disk: any Disk) throws(DiskError) -> [String] {
        var found = [isAbsolute ? "/" : ""]
        for component in components {
            var next: [String] = []
            for directory in found {
                if !component.contains(where: { $0 == "*" || $0 == "?" || $0 == "[" }) {
                    let path = join(directory, component)
                    if try disk.status(path) != nil { next.append(path) }
                    continue
                }
                guard try disk.status(directory.isEmpty ? "." : directory)?.kind == .directory else {
                    continue
                }
                for name in try disk.list(directory.isEmpty ? "." : directory) {
                    if name.hasPrefix(".") && !component.hasPrefix(".") { continue }
                    if PathPattern.matches(Array(component.utf8), Array(name.utf8)) {
                        next.append(join(directory, name))
                    }
                }
            }
            found = next
        }
        return found
    }

    private func join(_ directory: String, _ name: String) -> String {
        if directory.isEmpty { return name }
        return directory == "/" ? "/" + name : directory + "/" + name
    }

    /// Shell matching by backtracking to the last star.
    static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var p = 0
        var n = 0
        var star = -1
        var mark = 0
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = n
                p += 1
            } else if p < pattern.count, let next = one(pattern, p, name[n]) {
                p = next
                n += 1
            } else if star >= 0 {
                p = star + 1
                mark += 1
                n = mark
            } else {
                return false
            }
        }
        while p < pattern.count && pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// The place after the part of the pattern at `at` that takes `byte`; nil if it does not.
    private static func one(_ pattern: [UInt8], _ at: Int, _ byte: UInt8) -> Int? {
        if pattern[at] == UInt8(ascii: "?") { return at + 1 }
        guard pattern[at] == UInt8(ascii: "["),
            let close = pattern[(at + 1)...].firstIndex(of: UInt8(ascii: "]"))
        else { return pattern[at] == byte ? at + 1 : nil }
        var index = at + 1
        var negated = false
        if index < close, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
            negated = true
            index += 1
        }
        var inside = false
        while index < close {
            if index + 2 < close, pattern[index + 1] == UInt8(ascii: "-") {
                if pattern[index] <= byte && byte <= pattern[index + 2] { inside = true }
                index += 3
            } else {
                if pattern[index] == byte { inside = true }
                index += 1
            }
        }
        return inside != negated ? close + 1 : nil
    }
}
