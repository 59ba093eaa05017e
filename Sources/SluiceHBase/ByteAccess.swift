import SluiceBase

extension [UInt8] {
    /// The bytes for the time of a call, with the error type that the standard library's method loses.
    func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try span.bytes.withUnsafeBytes(body)
    }
}
