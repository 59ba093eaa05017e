/// One command as a table: what it is called, what it takes, and what its help says.
///
/// Parsing, help, completions and the man page are all derived from it, so they cannot disagree.
public struct CommandSpec: Sendable {
    public var name: String
    public var aliases: [String]
    /// One sentence, lower case, no full stop.
    public var summary: String
    /// Paragraphs of the complete help.
    public var details: String
    /// The first three are what the short help opens with.
    public var examples: [CommandExample]
    public var operands: [CommandOperand]
    public var options: [CommandOption]
    public var subcommands: [CommandSpec]
    /// Further sections of the complete help and the man page, such as the exit codes.
    public var sections: [HelpSection]
    /// Works, but is not listed in help, completions or the man page.
    public var isHidden: Bool

    public init(
        _ name: String, aliases: [String] = [], summary: String, details: String = "",
        examples: [CommandExample] = [], operands: [CommandOperand] = [], options: [CommandOption] = [],
        subcommands: [CommandSpec] = [], sections: [HelpSection] = [], isHidden: Bool = false
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.details = details
        self.examples = examples
        self.operands = operands
        self.options = options
        self.subcommands = subcommands
        self.sections = sections
        self.isHidden = isHidden
    }

    /// The subcommand of that name or alias.
    public func subcommand(_ word: String) -> CommandSpec? {
        subcommands.first { $0.name == word || $0.aliases.contains(word) }
    }

    /// The command at the end of a path such as `["catalog", "ls"]`, with its canonical path.
    public func descendant(_ path: [String]) -> (path: [String], command: CommandSpec)? {
        var command = self
        var names: [String] = []
        for word in path {
            guard let next = command.subcommand(word) else { return nil }
            names.append(next.name)
            command = next
        }
        return (names, command)
    }

    /// Every command of the tree with its path, the command itself first.
    func walk(_ visit: (_ path: [String], _ command: CommandSpec, _ options: [CommandOption]) -> Void) {
        walk(path: [], inherited: [], visit)
    }

    private func walk(
        path: [String], inherited: [CommandOption],
        _ visit: (_ path: [String], _ command: CommandSpec, _ options: [CommandOption]) -> Void
    ) {
        visit(path, self, options + inherited)
        let passedOn = inherited + options.filter(\.isInherited)
        for command in subcommands where !command.isHidden {
            command.walk(path: path + [command.name], inherited: passedOn, visit)
        }
    }
}

/// A command line to copy, with what it does.
public struct CommandExample: Sendable {
    public var command: String
    public var meaning: String

    public init(_ command: String, _ meaning: String) {
        self.command = command
        self.meaning = meaning
    }
}

/// A titled piece of help: paragraphs, or rows of a term and its meaning.
public struct HelpSection: Sendable {
    public var title: String
    public var text: String
    public var rows: [(term: String, meaning: String)]

    public init(_ title: String, text: String = "", rows: [(term: String, meaning: String)] = []) {
        self.title = title
        self.text = text
        self.rows = rows
    }
}
