import Glibc
import SluiceBase
import SluiceCommandLine
import SluiceShell

/// `sluice fmt FILE…`: lays out SQL files in place.
enum FormatCommand {
    static let spec = CommandSpec(
        "fmt", summary: "lays out SQL files in place; never changes what they mean",
        examples: [
            CommandExample("sluice fmt job.sql", "rewrites the file if its layout differs"),
            CommandExample(
                "sluice fmt --check *.sql", "names files whose layout differs; status 8 if there are any"),
            CommandExample("sluice fmt - < job.sql", "writes the laid out text to standard output"),
        ],
        operands: [
            CommandOperand("FILE", "a file to lay out, - for standard input", kind: .file, count: .oneOrMore)
        ],
        options: [
            CommandOption("check", "writes nothing but the names of files whose layout differs"),
            CommandOption("stdout", "writes to standard output instead of the files"),
        ])

    private static let differs: Int32 = 8

    static func run(_ parsed: ParsedCommand) -> Int32 {
        guard let inputs = ScriptInput.read(parsed.operands) else { return UsageError.exitCode }
        let renderer = DiagnosticRenderer(isColored: Output.errors.isTerminal)
        var code: Int32 = 0
        for input in inputs {
            do throws(SQLError) {
                let text = try ScriptFormatter.format(input.text)
                if !deliver(text, input, parsed) { return UsageError.exitCode }
                if parsed.flag("check"), text != input.text, code == 0 { code = differs }
            } catch {
                let source = SourceText(name: input.name, text: input.text)
                Output.errors.write(renderer.render(error, source: source))
                code = error.code.exitCode
            }
        }
        return code
    }

    /// Writes the text where the options want it; false after a message: it could not be written.
    private static func deliver(_ text: String, _ input: ScriptInput, _ parsed: ParsedCommand) -> Bool {
        if parsed.flag("check") {
            if text != input.text { Output.standard.write(input.name + "\n") }
            return true
        }
        if parsed.flag("stdout") || input.kind != .file {
            Output.standard.write(text)
            return true
        }
        if text == input.text || replace(input.name, text) { return true }
        Output.errors.write(
            "error: \"\(input.name)\" cannot be written: \(String(cString: strerror(errno)))\n")
        return false
    }

    /// A new file takes the place of the old one, so that no half of it is ever seen. It keeps the mode.
    private static func replace(_ path: String, _ text: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        let temporary = path + ".fmt~"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, status.st_mode & 0o777)
        guard descriptor >= 0 else { return false }
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            written += count
        }
        let isClosed = close(descriptor) == 0
        if written == bytes.count, isClosed, rename(temporary, path) == 0 { return true }
        let reason = errno
        unlink(temporary)
        errno = reason
        return false
    }
}
