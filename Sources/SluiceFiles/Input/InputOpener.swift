import SluiceBase
import SluiceConnect

/// Opens a file, unpacking it by its extension.
enum InputOpener {
    static func isCompressed(_ path: String) -> Bool {
        path.hasSuffix(".gz") || path.hasSuffix(".zst")
    }

    /// `offset` counts unpacked bytes.
    static func open(_ path: String, on disk: any Disk, at offset: Int64) throws(JobError) -> any ByteInput {
        if isCompressed(path) {
            throw JobError(SQLError(.unsupported, "file \"\(path)\" is compressed"))
        }
        return try FileInput(path, on: disk, at: offset)
    }
}
