import Glibc
public import SluiceBase

/// Reads whole files of text; bytes that are no UTF-8 are replaced.
public enum TextFile {
    public static func read(_ path: String, on disk: any Disk) throws(DiskError) -> String {
        String(decoding: try disk.contents(of: path), as: UTF8.self)
    }

    /// Standard input.
    public static func readStandardInput() throws(DiskError) -> String {
        let file = SystemFile(STDIN_FILENO, path: "standard input", closes: false)
        return try read(file)
    }

    /// What is left of an open file.
    public static func read(_ file: any DiskFile) throws(DiskError) -> String {
        String(decoding: try file.contents(), as: UTF8.self)
    }
}
