import Glibc

/// A block of memory, 64-byte aligned, with 64 readable bytes after its end. Immutable once a column holds it.
///
/// `@unchecked Sendable`: written by one owner until it is frozen into a column, only read afterwards.
public final class Buffer: @unchecked Sendable {
    public let base: UnsafeMutableRawPointer
    public let byteCount: Int

    /// Room for `byteCount` bytes; the content is undefined.
    public init(byteCount: Int) {
        self.byteCount = byteCount
        let room = (Swift.max(byteCount, 1) + 127) & ~63
        base = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 64)
    }

    deinit { base.deallocate() }
}
