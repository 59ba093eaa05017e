import Cuv

/// Memory of a write that libuv finishes later. Freed with its connection, which every socket retains until
/// libuv is through with it.
final class SlowWrite {
    let request: UnsafeMutablePointer<uv_write_t>
    let memory: UnsafeMutableRawBufferPointer
    /// Bytes of `memory` that libuv still has.
    var pending: Int = 0

    init() {
        request = .allocate(capacity: 1)
        request.initialize(to: uv_write_t())
        memory = .allocate(byteCount: 8 << 10, alignment: 16)
    }

    deinit {
        request.deallocate()
        memory.deallocate()
    }
}
