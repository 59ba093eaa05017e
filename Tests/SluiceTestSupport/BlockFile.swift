/// A text of blocks, each below a line `--- head`; what stands above the first one is comment.
package struct BlockFile {
    package struct Block {
        /// The words after `---`.
        package var head: [String]
        package var lines: [String]
        /// Of the head, from 1.
        package var line: Int

        package var kind: String { head.first ?? "" }
        package var argument: String { head.dropFirst().joined(separator: " ") }
        package var text: String { lines.joined(separator: "\n") }
    }

    package var preface: [String] = []
    package var blocks: [Block] = []

    package init(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("--- ") {
                let head = line.dropFirst(4).split(separator: " ").map(String.init)
                blocks.append(Block(head: head, lines: [], line: index + 1))
            } else if blocks.isEmpty {
                preface.append(line)
            } else {
                blocks[blocks.count - 1].lines.append(line)
            }
        }
    }

    package var text: String {
        var lines = preface
        for block in blocks { lines += ["--- " + block.head.joined(separator: " ")] + block.lines }
        return lines.joined(separator: "\n") + "\n"
    }
}
