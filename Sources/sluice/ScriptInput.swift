import SluiceBase
import SluiceCommandLine
import SluiceShell

/// A text to run and where it came from.
struct ScriptInput {
    enum Kind { case file, command, standardInput }

    var kind: Kind
    /// By which errors speak of it.
    var name: String
    var text: String

    /// The texts of files, `-` for stdin; nil after a message: one could not be read.
    static func read(_ files: [String], on disk: any Disk = SystemDisk()) -> [ScriptInput]? {
        var inputs: [ScriptInput] = []
        for file in files {
            let isStandardInput = file == "-"
            let text: String
            do throws(DiskError) {
                text = try isStandardInput ? TextFile.readStandardInput() : TextFile.read(file, on: disk)
            } catch {
                Output.errors.write("error: \"\(file)\" cannot be read: \(error.reason)\n")
                return nil
            }
            inputs.append(
                ScriptInput(
                    kind: isStandardInput ? .standardInput : .file, name: isStandardInput ? "<stdin>" : file,
                    text: text))
        }
        return inputs
    }

    static func commands(_ texts: [String]) -> [ScriptInput] {
        texts.map { ScriptInput(kind: .command, name: "<command>", text: $0) }
    }

    /// The folder in which its includes are looked for.
    private var folder: String {
        guard kind == .file, let slash = name.lastIndex(of: "/") else { return "." }
        return slash == name.startIndex ? "/" : String(name[..<slash])
    }

    /// Includes put in place and parameters filled in.
    static func scripts(
        _ inputs: [ScriptInput], _ parsed: ParsedCommand, on disk: any Disk = SystemDisk()
    ) throws(ScriptError) -> [ScriptText] {
        var scripts: [ScriptText] = []
        var declared: [String] = []
        let values: ParameterValues
        do throws(SQLError) {
            values = try RunSettings.values(parsed)
        } catch {
            throw ScriptError(error)
        }
        for input in inputs {
            let read = try ScriptReader.read(
                name: input.name, text: input.text, folder: input.folder, on: disk, values: values,
                isStrict: input.kind == .file || !parsed.pairs("variable").isEmpty)
            scripts.append(read.script)
            declared += read.declared
        }
        if let error = values.undeclared(among: declared) { throw ScriptError(error) }
        return scripts
    }
}
