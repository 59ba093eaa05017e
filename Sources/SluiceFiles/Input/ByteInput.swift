import SluiceBase
import SluiceConnect

/// Bytes of one file or stream, in order. Never waits.
protocol ByteInput: AnyObject {
    func read(_ into: UnsafeMutableRawBufferPointer) throws(JobError) -> InputResult
    func close()
}

enum InputResult {
    /// More than none.
    case bytes(Int)
    case end
    case wait(WakeUp)
}

/// A plain file.
final class FileInput: ByteInput {
    private let file: any DiskFile

    init(_ path: String, on disk: any Disk, at offset: Int64 = 0) throws(JobError) {
        do throws(DiskError) {
            file = try disk.open(path, .read)
            if offset > 0 { try file.seek(to: offset) }
        } catch {
            throw JobError(error.sqlError, domain: .external)
        }
    }

    func read(_ into: UnsafeMutableRawBufferPointer) throws(JobError) -> InputResult {
        do throws(DiskError) {
            let count = try file.read(into)
            return count > 0 ? .bytes(count) : .end
        } catch {
            throw JobError(error.sqlError, domain: .external)
        }
    }

    func close() { file.close() }
}
