/// A command of the shell itself: `\d orders`, or one of the words `quit`, `exit` and `help`.
struct MetaCommand: Equatable {
    /// Without the backslash.
    var name: String
    var argument: String

    /// nil: the line is no such command.
    init?(_ line: String) {
        var words = Substring(line)
        while words.last == ";" || words.last == " " { words = words.dropLast() }
        switch words.lowercased() {
        case "quit", "exit":
            name = "q"
            argument = ""
            return
        case "help":
            name = "?"
            argument = ""
            return
        default: break
        }
        guard let first = line.first, first == "\\" || first == "." else { return nil }
        let body = line.dropFirst()
        // A number such as .5 is no command.
        guard let letter = body.first, letter.isLetter || letter == "?" || letter == "!" else { return nil }
        let word = letter == "!" ? "!" : String(body.prefix { !$0.isWhitespace && $0 != ";" })
        argument = Shell.trimmed(String(body.dropFirst(word.count)))
        if letter != "!" {
            while argument.last == ";" || argument.last == " " { argument.removeLast() }
        }
        if first == "." {
            guard let canonical = Self.dotted[word] else { return nil }
            name = canonical
        } else {
            name = word
        }
    }

    /// The commands that may be written as in other shells, with a dot.
    private static let dotted: [String: String] = [
        "help": "?", "quit": "q", "exit": "q", "tables": "dt", "schema": "ddl", "databases": "l", "read": "i",
        "timer": "timing", "mode": "mode", "nullvalue": "null", "shell": "!", "maxrows": "maxrows",
        "cd": "cd",
    ]

    struct Help {
        var name: String
        var usage: String
        var meaning: String
    }

    /// All commands, in the order of the help.
    static let all: [Help] = [
        Help(name: "?", usage: "\\?", meaning: "this help"),
        Help(name: "h", usage: "\\h [STATEMENT]", meaning: "the syntax of a statement"),
        Help(name: "q", usage: "\\q", meaning: "leaves the shell (or Ctrl-D)"),
        Help(
            name: "d", usage: "\\d [NAME]",
            meaning: "describes a table, view or function; lists tables and views"),
        Help(name: "dt", usage: "\\dt", meaning: "lists tables"),
        Help(name: "dv", usage: "\\dv", meaning: "lists views"),
        Help(name: "df", usage: "\\df [PATTERN]", meaning: "lists functions"),
        Help(name: "ddl", usage: "\\ddl NAME", meaning: "the CREATE statement of a table or view"),
        Help(name: "l", usage: "\\l", meaning: "lists catalogs and databases"),
        Help(name: "c", usage: "\\c [CATALOG.]DATABASE", meaning: "makes another database the current one"),
        Help(name: "i", usage: "\\i FILE", meaning: "runs the statements of a file"),
        Help(name: "jobs", usage: "\\jobs", meaning: "lists the jobs that run in this shell"),
        Help(name: "stop", usage: "\\stop NUMBER", meaning: "ends a job after what it has read"),
        Help(name: "kill", usage: "\\kill NUMBER", meaning: "cancels a job"),
        Help(name: "mode", usage: "\\mode [FORMAT]", meaning: "how results are shown"),
        Help(name: "x", usage: "\\x [on|off]", meaning: "each row as a block with a line a column"),
        Help(name: "null", usage: "\\null [TEXT]", meaning: "the text of NULL"),
        Help(name: "maxrows", usage: "\\maxrows [N]", meaning: "rows that a result shows at most; 0: all"),
        Help(name: "timing", usage: "\\timing [on|off]", meaning: "the time that each statement took"),
        Help(name: "p", usage: "\\p", meaning: "prints the statement that is being typed"),
        Help(name: "r", usage: "\\r", meaning: "forgets it"),
        Help(name: "conninfo", usage: "\\conninfo", meaning: "catalog, database and folders in use"),
        Help(name: "version", usage: "\\version", meaning: "the version of sluice"),
        Help(name: "cd", usage: "\\cd FOLDER", meaning: "changes the folder that relative paths begin at"),
        Help(name: "!", usage: "\\! COMMAND", meaning: "runs a command of the system's shell"),
    ]
}
