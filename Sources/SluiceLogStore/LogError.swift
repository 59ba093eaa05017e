public import SluiceBase

/// Why a log cannot be read or written.
public enum LogError: Error, Sendable, Equatable {
    /// A call of the operating system failed.
    case disk(DiskError)
    /// Bytes that were durable once do not fit together any more.
    case damaged(file: String, position: Int64, reason: String)
    /// The offset is not in `kept`: retention removed it, or it was never written.
    case outOfRange(offset: Int64, kept: Range<Int64>)
    /// The records of one batch, or one of them, need more than `limit` bytes.
    case tooLarge(bytes: Int, limit: Int)
    /// A name or setting that cannot be.
    case invalid(String)

    /// For the user, with the code of the log's errors.
    public var sqlError: SQLError {
        switch self {
        case .disk(let error): return SQLError(.logStore, error.description)
        case .damaged(let file, let position, let reason):
            return SQLError(
                .logStore, "the log file \"\(file)\" is damaged at byte \(position): \(reason)",
                hint: "what lies before it can be read; 'sluice log trim' drops what lies up to an offset")
        case .outOfRange(let offset, let kept):
            return SQLError(
                .logStore,
                "offset \(offset) is not kept: there are offsets \(kept.lowerBound) to \(kept.upperBound - 1)"
            )
        case .tooLarge(let bytes, let limit):
            return SQLError(
                .logStore, "a batch of \(bytes) bytes is larger than the \(limit) that a log takes")
        case .invalid(let reason): return SQLError(.logStore, reason)
        }
    }
}

/// A call of the disk with the log's error type.
func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(LogError) -> Result {
    do throws(DiskError) { return try body() } catch { throw .disk(error) }
}
